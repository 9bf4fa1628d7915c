import { emptyReflectorPacket, readReflectorPacket } from '@pathgauge/protocol';
import { ARRIVAL, request, SOURCE, setUp, tlvsOf } from '../../test/reflector-scene';

describe('Reflector and the marking of packets', () => {
  it.each([
    [1, 1],
    [64, 64],
    [255, 255],
    // 255 stands for not known.
    [undefined, 255],
  ])('puts the hop limit %p of the request into the reply', (hopLimit, senderTtl) => {
    const bytes = request(0);
    expect(setUp().reflector.reflect(bytes, SOURCE, ARRIVAL, hopLimit, 0)).toBeDefined();
    const packet = emptyReflectorPacket();
    readReflectorPacket(bytes, packet);
    expect(packet.senderTtl).toBe(senderTtl);
  });

  it('tells the DSCP and ECN that the request arrived with, and the DSCP that the reply is to have', () => {
    const bytes = request(0, 9, 72, 46);
    // DSCP 10 (001010) and ECN 1: bleached from 46 (101110) on the way.
    expect(setUp().reflector.reflect(bytes, SOURCE, ARRIVAL, 64, 0b001010_01)).toStrictEqual({ dscp: 46 });
    // RFC 8972 section 4.4: DSCP wanted, DSCP received, ECN received, 2 bits of reply (0: as wanted).
    expect([...bytes.subarray(44, 52)]).toStrictEqual([0, 4, 0, 4, 0b101110_00, 0b1010_01_00, 0, 0]);
    expect(tlvsOf(bytes)).toMatchObject({ hasClassOfService: true, dscp: 10, ecn: 1, dscpGranted: true });
  });

  it('tells of each request what that one arrived with', () => {
    const { reflector } = setUp();
    const classes = [46 << 2, 0, (8 << 2) | 3].map((octet) => {
      const bytes = request(0, 9, 72, 46);
      reflector.reflect(bytes, SOURCE, ARRIVAL, 64, octet);
      const { dscp, ecn } = tlvsOf(bytes);
      return [dscp, ecn];
    });
    expect(classes).toStrictEqual([
      [46, 0],
      [0, 0],
      [8, 3],
    ]);
  });

  it('says that it does not understand a Class of Service where its system does not tell what came', () => {
    const bytes = request(0, 9, 72, 46);
    expect(setUp().reflector.reflect(bytes, SOURCE, ARRIVAL, 64, undefined)).toStrictEqual({ dscp: undefined });
    expect([...bytes.subarray(44, 52)]).toStrictEqual([0x80, 4, 0, 4, 0b101110_00, 0, 0, 0]);
  });

  it('asks for no DSCP in the reply to a request that wants none, also after one that did', () => {
    const { reflector } = setUp();
    expect(reflector.reflect(request(0, 9, 72, 0), SOURCE, ARRIVAL, 64, 0)).toStrictEqual({ dscp: 0 });
    expect(reflector.reflect(request(1), SOURCE, ARRIVAL, 64, 0)).toStrictEqual({ dscp: undefined });
  });
});
