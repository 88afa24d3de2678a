// SPDX-License-Identifier: BSD-3-Clause
// sin, cos, tan over the whole range, and the polynomials of the inverse functions and of erf.
// The argument is taken modulo pi/2 by Payne and Hanek's scheme: x * 2/pi, in which the multiples of 4 are left
// out of 2/pi beforehand, since x is a multiple of a power of two. Row j of the table is 2^(32 j) * 2/pi mod 4 in
// four doubles; every x takes one row, so that the loop vectorises with gathers and no branch.
#pragma once
KTABLE(k_f64, two_over_pi_f64, 124) = {
    0x1.45f306dc9c883p-1, -0x1.6b01ec5417056p-55, -0x1.6447e493ad4cep-109, 0x1.e21c820ff28b2p-163,
    0x1.27220a94fe13bp+1, -0x1.05c1596447e49p-53, -0x1.d6a66c3bc6fbep-108, -0x1.ae9c5421443aap-168,
    0x1.fc2757d1f534ep+0, -0x1.1f924eb53361ep-55, 0x1.c820ff28b1d5fp-111, -0x1.443a9e48db91cp-168,
    0x1.f534ddc0db629p+0, 0x1.664f10e4107f9p-54, 0x1.163abdebbc562p-108, -0x1.236e4716f6c8bp-162,
    0x1.b6c52b3278872p-1, 0x1.07f9458eaf7afp-58, -0x1.d4f246dc8e2dfp-115, 0x1.374b801924bbbp-170,
    0x1.3c439041fe516p+0, 0x1.d5ef5de2b0db9p-55, 0x1.1b8e909374b8p-110, 0x1.924bba8274648p-166,
    0x1.fe5163abdebbcp+0, 0x1.586dc91b8e909p-54, 0x1.ba5c00c925dd4p-109, 0x1.3a32439fc3bd6p-165,
    0x1.ef5de2b0db923p+1, 0x1.c74849ba5c00dp-53, -0x1.b688afb1736f2p-107, 0x1.fc3bd63962535p-161,
    0x1.b7246e3a424ddp+0, 0x1.700324977504fp-55, -0x1.cdbc603c429c7p-109, 0x1.894d39f74411bp-163,
    0x1.2126e97003249p+1, 0x1.dd413a32439fcp-53, 0x1.deb1cb129a73fp-108, -0x1.77dca0ad144bbp-164,
    0x1.924bba8274648p-6, 0x1.cfe1deb1cb12ap-60, -0x1.63045df7282b4p-114, -0x1.44bb7b16638fep-168,
    0x1.04e8c90e7f0efp+1, 0x1.63962534e7dd1p-53, 0x1.1afa975da2427p-111, 0x1.338e04d68befdp-165,
    0x1.fc3bd63962535p-1, -0x1.822efb9415a29p-57, 0x1.a24274ce38136p-111, -0x1.741037d8cdc54p-165,
    0x1.62534e7dd1047p-1, -0x1.0568a25dbd8b3p-55, -0x1.c7eca5d040df6p-111, -0x1.9b8a719f2b318p-166,
    0x1.74411afa975dap+1, 0x1.213a671c09ad1p-54, 0x1.f7e413991d63ap-108, -0x1.f2b3182d8dee8p-162,
    0x1.2ebb4484e99c7p+0, 0x1.35a2fbf209cc9p-59, -0x1.4e33e566305b2p-115, 0x1.08bf177bf2507p-169,
    0x1.d338e04d68bfp-1, -0x1.bec66e29c67cbp-56, 0x1.9cfa4e422fc5ep-111, -0x1.036be27003b4p-167,
    0x1.5a2fbf209cc8fp+1, -0x1.38cf9598c16c7p-53, 0x1.17e2ef7e4a0ecp-110, 0x1.ff897ffde0598p-164,
    0x1.3991d63983534p+0, -0x1.82d8dee81d108p-54, -0x1.b5f13801da001p-110, 0x1.e05980fef2f12p-164,
    0x1.835339f49c846p+0, -0x1.d1081b5f13802p-58, 0x1.2fffbc0b301fep-113, -0x1.a1dce94beb25cp-169,
    0x1.3908bf177bf25p-1, 0x1.d8ffc4bffef03p-59, -0x1.9fc04343b9d29p-114, -0x1.f592e092c9813p-168,
    0x1.defc941d8ffc5p+1, -0x1.00043f4cfe022p-53, 0x1.788c5ad05369p-107, -0x1.25930261b069fp-161,
    0x1.8ffc4bffef02dp+1, -0x1.fc04343b9d298p-54, 0x1.4da3eda6cfd9ep-109, 0x1.3e584dba7a32p-163,
    0x1.ef02cc07f7979p+1, -0x1.ce94beb25c126p-53, 0x1.b3f6793e584dcp-107, -0x1.61738132c3403p-161,
    0x1.f79788c5ad053p+1, 0x1.a3eda6cfd9e5p-53, -0x1.a7b24585ce04dp-107, 0x1.3cbfd45aea4f7p-161,
    0x1.ad05368fb69b4p+1, -0x1.30d834f648b0cp-56, 0x1.8fd9a797fa8b6p-110, -0x1.5b08a7028341dp-165,
    0x1.b69b3f6793e58p+1, 0x1.36e9e8c7ecd3dp-53, -0x1.00ae9456c229cp-107, -0x1.41a0e84c2f8c6p-164,
    0x1.93e584dba7a32p+1, -0x1.32c3402ba515bp-57, -0x1.14e050683a131p-114, 0x1.0739f78a5292fp-168,
    0x1.a7a31fb34f2ffp+1, 0x1.45aea4f758fd8p-53, -0x1.a0e84c2f8c608p-108, -0x1.d6b5b45650128p-162,
    0x1.4f2ff516ba93ep+1, -0x1.4e050683a130cp-54, 0x1.ce7de294a4baap-110, -0x1.404a04ee072a3p-164,
    0x1.7527bac7ebe5fp+0, 0x1.7b3d0739f78a5p-56, 0x1.497535fdafd89p-111, -0x1.ca8bdea7f33eep-170,
};
// a + b without error; the smaller is returned in lo.
KFN k_pair_f64 two_sum_f64(k_f64 a, k_f64 b) {
  k_pair_f64 out;
  out.hi = a + b;
  k_f64 bb = out.hi - a;
  out.lo = (a - (out.hi - bb)) + (b - bb);
  return out;
}
// x modulo 4, in [-2, 2].
KFN k_f64 modulo_4_f64(k_f64 x) {
  return KFMA_F64(round_f64(x * 0.25), -4.0, x);
}
// x = (q + f) * pi/2 modulo 2 pi with |f| <= 1/2: hi + lo is f * pi/2, q the quadrant.
KFN k_turn_f64 reduce_f64(k_f64 x) {
  k_u64 exponent = (bits_f64(x) >> 52) & 0x7ffu;
  k_u64 row = exponent > 1074u ? (exponent - 1075u) >> 5 : 0u;
  row = row > 30u ? 30u : row;
  x = x * from_bits_f64((1023u - 32u * row) << 52);
  k_f64 t0 = two_over_pi_f64[4u * row];
  k_f64 t1 = two_over_pi_f64[4u * row + 1u];
  k_f64 t2 = two_over_pi_f64[4u * row + 2u];
  k_f64 p0 = x * t0;
  k_f64 p1 = x * t1;
  k_f64 p2 = x * t2;
  k_pair_f64 a = two_sum_f64(modulo_4_f64(p0), modulo_4_f64(KFMA_F64(x, t0, -p0)));
  k_pair_f64 b = two_sum_f64(a.hi, modulo_4_f64(p1));
  k_turn_f64 out;
  out.q = round_f64(b.hi);
  k_pair_f64 c = two_sum_f64(b.hi - out.q, a.lo + b.lo);
  k_pair_f64 d = two_sum_f64(c.hi, KFMA_F64(x, t1, -p1));
  k_pair_f64 e = two_sum_f64(d.hi, p2);
  k_f64 low = ((c.lo + d.lo) + e.lo) + KFMA_F64(x, two_over_pi_f64[4u * row + 3u], KFMA_F64(x, t2, -p2));
  k_f64 f = e.hi + low;
  k_f64 f_low = (e.hi - f) + low;
  out.hi = f * 0x1.921fb54442d18p+0;
  out.lo = KFMA_F64(f, 0x1.1a62633145c07p-54, KFMA_F64(f_low, 0x1.921fb54442d18p+0, KFMA_F64(f, 0x1.921fb54442d18p+0, -out.hi)));
  return out;
}
KFN k_f64 sin_of_f64(k_turn_f64 t) {
  k_f64 z = t.hi * t.hi;
  k_f64 p = 0x1.5d923f871c08ep-33;
  p = KFMA_F64(p, z, -0x1.ae5e63b5dcb3bp-26);
  p = KFMA_F64(p, z, 0x1.71de35749eca8p-19);
  p = KFMA_F64(p, z, -0x1.a01a019c0e316p-13);
  p = KFMA_F64(p, z, 0x1.111111110f861p-7);
  p = KFMA_F64(p, z, -0x1.5555555555549p-3);
  return t.hi + KFMA_F64(z * t.hi, p, KFMA_F64(z, -0.5, 1.0) * t.lo);
}
KFN k_f64 cos_of_f64(k_turn_f64 t) {
  k_f64 z = t.hi * t.hi;
  k_f64 p = -0x1.8fadcb0e89347p-37;
  p = KFMA_F64(p, z, 0x1.1ee9ea62f3fb1p-29);
  p = KFMA_F64(p, z, -0x1.27e4f807c8a16p-22);
  p = KFMA_F64(p, z, 0x1.a01a019caee21p-16);
  p = KFMA_F64(p, z, -0x1.6c16c16c15162p-10);
  p = KFMA_F64(p, z, 0x1.555555555554cp-5);
  k_f64 h = 0.5 * z;
  k_f64 w = 1.0 - h;
  return w + (((1.0 - w) - h) + KFMA_F64(z * z, p, -(t.hi * t.lo)));
}
// Not 0 where the integer q is odd; where q mod 4 is 2 or 3. (GCC vectorises no bool made from a bit.)
KFN k_u64 is_odd_f64(k_f64 q) {
  return bits_f64(q + 0x1.8p52) & 1u;
}
KFN k_u64 is_upper_f64(k_f64 q) {
  return bits_f64(q + 0x1.8p52) & 2u;
}
KFN k_f64 sin_f64(k_f64 x) {
  k_turn_f64 t = reduce_f64(x);
  k_f64 s = sin_of_f64(t);
  k_f64 c = cos_of_f64(t);
  k_f64 y = is_odd_f64(t.q) ? c : s;
  y = is_upper_f64(t.q) ? -y : y;
  return abs_f64(x) < 0x1p-27 ? x : y;
}
KFN k_f64 cos_f64(k_f64 x) {
  k_turn_f64 t = reduce_f64(x);
  k_f64 s = sin_of_f64(t);
  k_f64 c = cos_of_f64(t);
  k_f64 y = is_odd_f64(t.q) ? s : c;
  return is_upper_f64(t.q + 1.0) ? -y : y;
}
KFN k_f64 tan_f64(k_f64 x) {
  k_turn_f64 t = reduce_f64(x);
  k_f64 s = sin_of_f64(t);
  k_f64 c = cos_of_f64(t);
  k_f64 y = (is_odd_f64(t.q) ? -c : s) / (is_odd_f64(t.q) ? s : c);
  return abs_f64(x) < 0x1p-27 ? x : y;
}
// For a float the same is done in double; three parts and steps of 28 suffice, and selects replace the gathers.
KFN k_turn_f64 reduce_in_f64(k_f64 x) {
  k_f64 a = abs_f64(x);
  k_f64 t0 = 0x1.45f306dc9c883p-1;
  k_f64 t1 = -0x1.6b01ec5417056p-55;
  k_f64 t2 = -0x1.6447e493ad4cep-109;
  k_f64 down = 1.0;
  t0 = a >= 0x1p51 ? 0x1.727220a94fe14p+1 : t0;
  t1 = a >= 0x1p51 ? -0x1.505c1596447e5p-53 : t1;
  t2 = a >= 0x1p51 ? 0x1.b14acc9e21c82p-107 : t2;
  down = a >= 0x1p51 ? 0x1p-28 : down;
  t0 = a >= 0x1p79 ? 0x1.29fc2757d1f53p+0 : t0;
  t1 = a >= 0x1p79 ? 0x1.377036d8a5665p-54 : t1;
  t2 = a >= 0x1p79 ? -0x1.de37df00d74e3p-111 : t2;
  down = a >= 0x1p79 ? 0x1p-56 : down;
  t0 = a >= 0x1p107 ? 0x1.7d1f534ddc0dbp+0 : t0;
  t1 = a >= 0x1p107 ? 0x1.8a5664f10e41p-54 : t1;
  t2 = a >= 0x1p107 ? 0x1.fe5163abdebbcp-108 : t2;
  down = a >= 0x1p107 ? 0x1p-84 : down;
  x = x * down;
  k_f64 p0 = x * t0;
  k_f64 p1 = x * t1;
  k_pair_f64 s = two_sum_f64(modulo_4_f64(p0), KFMA_F64(x, t0, -p0));
  k_f64 n = round_f64(s.hi + p1);
  k_pair_f64 u = two_sum_f64(s.hi - n, p1);
  k_turn_f64 out;
  out.hi = (u.hi + ((u.lo + s.lo) + KFMA_F64(x, t2, KFMA_F64(x, t1, -p1)))) * 0x1.921fb54442d18p+0;
  out.lo = 0.0;
  out.q = n;
  return out;
}
KFN k_f64 sin_of_in_f64(k_f64 r) {
  k_f64 z = r * r;
  k_f64 p = 0x1.6cd73d33987cep-19;
  p = KFMA_F64(p, z, -0x1.a00f991314b55p-13);
  p = KFMA_F64(p, z, 0x1.11110890b286fp-7);
  p = KFMA_F64(p, z, -0x1.5555554cb258fp-3);
  return KFMA_F64(z * r, p, r);
}
KFN k_f64 cos_of_in_f64(k_f64 r) {
  k_f64 z = r * r;
  k_f64 p = -0x1.242a091be99e1p-22;
  p = KFMA_F64(p, z, 0x1.a0111c4f1f053p-16);
  p = KFMA_F64(p, z, -0x1.6c16b892f98c9p-10);
  p = KFMA_F64(p, z, 0x1.5555554f48cf7p-5);
  return KFMA_F64(z, KFMA_F64(z, p, -0.5), 1.0);
}
KFN k_f32 sin_f32(k_f32 x) {
  k_turn_f64 t = reduce_in_f64((k_f64)x);
  k_f64 s = sin_of_in_f64(t.hi);
  k_f64 c = cos_of_in_f64(t.hi);
  k_f64 y = is_odd_f64(t.q) ? c : s;
  y = is_upper_f64(t.q) ? -y : y;
  return abs_f32(x) < 0x1p-13f ? x : (k_f32)y;
}
KFN k_f32 cos_f32(k_f32 x) {
  k_turn_f64 t = reduce_in_f64((k_f64)x);
  k_f64 s = sin_of_in_f64(t.hi);
  k_f64 c = cos_of_in_f64(t.hi);
  k_f64 y = is_odd_f64(t.q) ? s : c;
  return (k_f32)(is_upper_f64(t.q + 1.0) ? -y : y);
}
KFN k_f32 tan_f32(k_f32 x) {
  k_turn_f64 t = reduce_in_f64((k_f64)x);
  k_f64 s = sin_of_in_f64(t.hi);
  k_f64 c = cos_of_in_f64(t.hi);
  k_f64 y = (is_odd_f64(t.q) ? -c : s) / (is_odd_f64(t.q) ? s : c);
  return abs_f32(x) < 0x1p-13f ? x : (k_f32)y;
}
// (arcsin(x) - x) / (x z), z = x^2 <= 1/4.
KFN k_f32 arcsin_tail_f32(k_f32 z) {
  k_f32 p = 0x1.59d68ap-5f;
  p = KFMA_F32(p, z, 0x1.8ba724p-6f);
  p = KFMA_F32(p, z, 0x1.748bfp-5f);
  p = KFMA_F32(p, z, 0x1.330152p-4f);
  p = KFMA_F32(p, z, 0x1.5555cap-3f);
  return p;
}
KFN k_f64 arcsin_tail_f64(k_f64 z) {
  k_f64 p = 0x1.0baea3dd5e308p-5;
  p = KFMA_F64(p, z, -0x1.594f10e44762cp-6);
  p = KFMA_F64(p, z, 0x1.648eefee8287cp-6);
  p = KFMA_F64(p, z, 0x1.e2ca8d7210685p-9);
  p = KFMA_F64(p, z, 0x1.61732d74c40dep-7);
  p = KFMA_F64(p, z, 0x1.757b9ca917ceap-7);
  p = KFMA_F64(p, z, 0x1.ca20c9e5cc55dp-7);
  p = KFMA_F64(p, z, 0x1.1c49e2e77e56ep-6);
  p = KFMA_F64(p, z, 0x1.6e8bdfa3f97abp-6);
  p = KFMA_F64(p, z, 0x1.f1c71a8dd9ef9p-6);
  p = KFMA_F64(p, z, 0x1.6db6db7225cd4p-5);
  p = KFMA_F64(p, z, 0x1.333333332df84p-4);
  p = KFMA_F64(p, z, 0x1.5555555555578p-3);
  return p;
}
// (arctan(t) - t) / (t z), z = t^2 <= 0.1716.
KFN k_f32 arctan_tail_f32(k_f32 z) {
  k_f32 p = -0x1.f239d8p-5f;
  p = KFMA_F32(p, z, 0x1.b1fcep-4f);
  p = KFMA_F32(p, z, -0x1.23b664p-3f);
  p = KFMA_F32(p, z, 0x1.9991aap-3f);
  p = KFMA_F32(p, z, -0x1.55554ap-2f);
  return p;
}
KFN k_f64 arctan_tail_f64(k_f64 z) {
  k_f64 p = 0x1.f20c3571845f6p-7;
  p = KFMA_F64(p, z, -0x1.12416e642935ep-5);
  p = KFMA_F64(p, z, 0x1.70f1e6e3f0985p-5);
  p = KFMA_F64(p, z, -0x1.ab7ec45c23075p-5);
  p = KFMA_F64(p, z, 0x1.e17238432caf9p-5);
  p = KFMA_F64(p, z, -0x1.110c7606ba584p-4);
  p = KFMA_F64(p, z, 0x1.3b136e6cb24dbp-4);
  p = KFMA_F64(p, z, -0x1.745d14bce2effp-4);
  p = KFMA_F64(p, z, 0x1.c71c71b7640efp-4);
  p = KFMA_F64(p, z, -0x1.2492492475aadp-3);
  p = KFMA_F64(p, z, 0x1.9999999999654p-3);
  p = KFMA_F64(p, z, -0x1.5555555555554p-2);
  return p;
}
