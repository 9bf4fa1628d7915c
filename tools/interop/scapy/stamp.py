"""What sender and reflector share: scapy's own packets, and how they come out of a datagram and go into one."""

import time

from scapy.contrib.stamp import ErrorEstimate
from scapy.layers.inet import UDP

UDP_HEADER = 8
UNIX_TO_NTP = 2208988800


def dissected(data, kind):
    """The packet of a datagram, by scapy's own dissector, which finds where TLVs end by the length of the UDP header."""
    return kind(data, _parent=UDP(len=UDP_HEADER + len(data)))


def now():
    """Seconds since 1900, as an NTP timestamp has them."""
    return time.time() + UNIX_TO_NTP


def estimate():
    # About a millisecond, not synchronised.
    return ErrorEstimate(S=0, Z=0, scale=15, multiplier=132)


def payload(packet):
    return bytes(packet)


__all__ = ["dissected", "estimate", "now", "payload"]
