"""A stateful STAMP Session-Reflector made of scapy's packets. Prints its port, and a line of JSON for each request."""

import json
import socket
import sys

from scapy.contrib.stamp import (
    STAMPSessionReflectorTestUnauthenticated as Reply,
    STAMPSessionSenderTestUnauthenticated as Request,
)

from stamp import dissected, estimate, now, payload

host = sys.argv[1]
U_FLAG = 0x80
EXTRA_PADDING = 1

family = socket.AF_INET6 if ":" in host else socket.AF_INET
server = socket.socket(family, socket.SOCK_DGRAM)
server.bind((host, 0))
print("port %d" % server.getsockname()[1], flush=True)
counters = {}
while True:
    data, client = server.recvfrom(65535)
    received = now()
    request = dissected(data, Request)
    session = (client, request.ssid)
    number = counters.get(session, 0)
    counters[session] = number + 1
    print(json.dumps({"bytes": len(data), "seq": request.seq, "ssid": request.ssid, "z": request.err_estimate.Z}), flush=True)
    # It knows padding, and marks every other TLV as not recognised (RFC 8972, section 4).
    tlvs = [tlv.copy() for tlv in request.tlv_objects]
    for tlv in tlvs:
        tlv.flags = 0 if tlv.type == EXTRA_PADDING else U_FLAG
    reply = Reply(
        seq=number,
        err_estimate=estimate(),
        ssid=request.ssid,
        ts_rx=received,
        seq_sender=request.seq,
        ts_sender=request.ts,
        err_estimate_sender=request.err_estimate,
        ttl_sender=64,
        tlv_objects=tlvs,
        ts=now(),
    )
    answer = bytearray(payload(reply))
    # As it came: a fraction of a second of 32 bits does not survive a number of Python's.
    answer[28:36] = data[4:12]
    server.sendto(bytes(answer), client)
