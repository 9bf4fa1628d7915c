"""A STAMP Session-Sender made of scapy's packets: sends so many to a reflector and prints a line of JSON for each reply."""

import json
import socket
import sys

from scapy.contrib.stamp import (
    STAMPSessionReflectorTestUnauthenticated as Reply,
    STAMPSessionSenderTestUnauthenticated as Request,
    STAMPTestTLV,
)

from stamp import dissected, estimate, now, payload

host, port, count = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
SSID = 0x4242
EXTRA_PADDING = 1

family = socket.AF_INET6 if ":" in host else socket.AF_INET
probe = socket.socket(family, socket.SOCK_DGRAM)
probe.settimeout(5)
probe.connect((host, port))
for number in range(count):
    padding = STAMPTestTLV(flags=0x80, type=EXTRA_PADDING, len=16, value=b"\x5a" * 16)
    request = payload(Request(seq=number, ts=now(), err_estimate=estimate(), ssid=SSID, tlv_objects=[padding]))
    probe.send(request)
    data = probe.recv(65535)
    reply = dissected(data, Reply)
    print(
        json.dumps(
            {
                "number": number,
                "sentBytes": len(request),
                "bytes": len(data),
                "seq": reply.seq,
                "ssid": reply.ssid,
                "seqSender": reply.seq_sender,
                "ttlSender": reply.ttl_sender,
                "sameT1": data[28:36] == request[4:12],
                "sameEstimate": data[36:38] == request[12:14],
                "z": reply.err_estimate.Z,
                "multiplier": reply.err_estimate.multiplier,
                "received": float(reply.ts_rx),
                "transmitted": float(reply.ts),
                "tlvs": [[int(tlv.flags), tlv.type, tlv.len, bytes(tlv.value).hex()] for tlv in reply.tlv_objects],
            }
        ),
        flush=True,
    )
