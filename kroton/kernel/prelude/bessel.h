// SPDX-License-Identifier: BSD-3-Clause
// Bessel functions of the first kind of orders 0 and 1 in double; float goes through double. Below 8 polynomials with the
// zeros as factors, beyond the modulus and phase of Hankel's expansion. Near zeros the error is small beside the
// amplitude of the wave.
#pragma once
KFN k_f64 j0_low_f64(k_f64 t) {
  k_f64 p = -0x1.a55f2ac83e9f3p-92;
  p = KFMA_F64(p, t, 0x1.3c06f2b6b508dp-82);
  p = KFMA_F64(p, t, -0x1.66099023567dap-73);
  p = KFMA_F64(p, t, 0x1.51f46dd5919edp-64);
  p = KFMA_F64(p, t, -0x1.075fec0183d4bp-55);
  p = KFMA_F64(p, t, 0x1.4c371e6cccf3ap-47);
  p = KFMA_F64(p, t, -0x1.4aa900a565729p-39);
  p = KFMA_F64(p, t, 0x1.f6e02e3869152p-32);
  p = KFMA_F64(p, t, -0x1.17e92e43f7ebap-24);
  p = KFMA_F64(p, t, 0x1.add1569228b7dp-18);
  p = KFMA_F64(p, t, -0x1.a04594c03394bp-12);
  p = KFMA_F64(p, t, 0x1.b4c4fb6b81b41p-7);
  p = KFMA_F64(p, t, -0x1.62214bb3c7121p-3);
  return p;
}
KFN k_f64 j0_high_f64(k_f64 t) {
  k_f64 p = -0x1.c364d3b4d5a0ap-56;
  p = KFMA_F64(p, t, 0x1.038429455d63fp-52);
  p = KFMA_F64(p, t, 0x1.23f81c49763e4p-47);
  p = KFMA_F64(p, t, -0x1.3ec5d4151a5c4p-44);
  p = KFMA_F64(p, t, -0x1.1e6bc1bce72f7p-39);
  p = KFMA_F64(p, t, 0x1.2468456a45938p-36);
  p = KFMA_F64(p, t, 0x1.aab8918c399c9p-32);
  p = KFMA_F64(p, t, -0x1.950fedcd06059p-29);
  p = KFMA_F64(p, t, -0x1.cd44e16cf3aeep-25);
  p = KFMA_F64(p, t, 0x1.949f15835165bp-22);
  p = KFMA_F64(p, t, 0x1.52a757fc3d87cp-18);
  p = KFMA_F64(p, t, -0x1.104aed8451444p-15);
  p = KFMA_F64(p, t, -0x1.307fa1bf7005ep-12);
  p = KFMA_F64(p, t, 0x1.bb360f4dabb46p-10);
  p = KFMA_F64(p, t, 0x1.15618767e6bf4p-7);
  p = KFMA_F64(p, t, -0x1.63c76276a6e5ep-5);
  p = KFMA_F64(p, t, -0x1.3d97028754e56p-4);
  p = KFMA_F64(p, t, 0x1.416dc96e57c0ep-2);
  return p;
}
KFN k_f64 j0_p_f64(k_f64 z) {
  k_f64 p = -0x1.a776fb76e490bp-34;
  p = KFMA_F64(p, z, 0x1.a3e646e4530cfp-31);
  p = KFMA_F64(p, z, -0x1.85debdeca51acp-29);
  p = KFMA_F64(p, z, 0x1.cbda02e394d04p-28);
  p = KFMA_F64(p, z, -0x1.9206f3d3ea7bdp-27);
  p = KFMA_F64(p, z, 0x1.29fd726985060p-26);
  p = KFMA_F64(p, z, -0x1.b5475c823b050p-26);
  p = KFMA_F64(p, z, 0x1.7886c63d13a3bp-25);
  p = KFMA_F64(p, z, -0x1.b7cb250c4abc1p-24);
  p = KFMA_F64(p, z, 0x1.84bb1ced392a5p-22);
  p = KFMA_F64(p, z, -0x1.251ee39bd1451p-19);
  p = KFMA_F64(p, z, 0x1.cb5ffffae48b7p-16);
  p = KFMA_F64(p, z, -0x1.1fffffffffb4bp-10);
  p = KFMA_F64(p, z, 0x1.0000000000000p+0);
  return p;
}
KFN k_f64 j0_q_f64(k_f64 z) {
  k_f64 p = 0x1.c9802e0ba29eep-34;
  p = KFMA_F64(p, z, -0x1.c164c271cea17p-31);
  p = KFMA_F64(p, z, 0x1.9b7eb0bf6a2d8p-29);
  p = KFMA_F64(p, z, -0x1.dafe4d56ce068p-28);
  p = KFMA_F64(p, z, 0x1.90eecdce455c1p-27);
  p = KFMA_F64(p, z, -0x1.1853e11276ed4p-26);
  p = KFMA_F64(p, z, 0x1.768fa61ab2e8cp-26);
  p = KFMA_F64(p, z, -0x1.197883fc20a31p-25);
  p = KFMA_F64(p, z, 0x1.1358e59fa9306p-24);
  p = KFMA_F64(p, z, -0x1.861209a1cd821p-23);
  p = KFMA_F64(p, z, 0x1.ba4c45441232cp-21);
  p = KFMA_F64(p, z, -0x1.d11dffe89289ep-18);
  p = KFMA_F64(p, z, 0x1.2bfffffffd4fdp-13);
  p = KFMA_F64(p, z, -0x1.0000000000000p-6);
  return p;
}
KFN k_f64 j1_low_f64(k_f64 t) {
  k_f64 p = 0x1.1ee12c08a4d82p-106;
  p = KFMA_F64(p, t, -0x1.0ea17214227dfp-96);
  p = KFMA_F64(p, t, 0x1.83bdef7e2d915p-87);
  p = KFMA_F64(p, t, -0x1.d740b898f40a3p-78);
  p = KFMA_F64(p, t, 0x1.e3f2f61d097d7p-69);
  p = KFMA_F64(p, t, -0x1.9da13f7bfe7a7p-60);
  p = KFMA_F64(p, t, 0x1.20bae56a17b2ap-51);
  p = KFMA_F64(p, t, -0x1.419b23a04c4d6p-43);
  p = KFMA_F64(p, t, 0x1.15732c1949e0dp-35);
  p = KFMA_F64(p, t, -0x1.64898455a2cdep-28);
  p = KFMA_F64(p, t, 0x1.43316b3af08bfp-21);
  p = KFMA_F64(p, t, -0x1.7cf8005bc4cd8p-15);
  p = KFMA_F64(p, t, 0x1.fbdfb0a3d17bdp-10);
  p = KFMA_F64(p, t, -0x1.16fb4ba6b9f63p-5);
  return p;
}
KFN k_f64 j1_high_f64(k_f64 t) {
  k_f64 p = 0x1.3fcf4d5163e1dp-58;
  p = KFMA_F64(p, t, 0x1.0c28c3b31a4fep-51);
  p = KFMA_F64(p, t, -0x1.d828e0ea335c6p-49);
  p = KFMA_F64(p, t, -0x1.2fda479963ef0p-43);
  p = KFMA_F64(p, t, 0x1.e84b0fe1244adp-41);
  p = KFMA_F64(p, t, 0x1.068f207122734p-35);
  p = KFMA_F64(p, t, -0x1.7c9636afeb479p-33);
  p = KFMA_F64(p, t, -0x1.52b29dc7956e4p-28);
  p = KFMA_F64(p, t, 0x1.b3c48ad16996cp-26);
  p = KFMA_F64(p, t, 0x1.35b7833318c2fp-21);
  p = KFMA_F64(p, t, -0x1.596eb3cf7c263p-19);
  p = KFMA_F64(p, t, -0x1.74b7654c9983bp-15);
  p = KFMA_F64(p, t, 0x1.5a53f1624560bp-13);
  p = KFMA_F64(p, t, 0x1.069ba4244fe92p-9);
  p = KFMA_F64(p, t, -0x1.76fefc0e688e9p-8);
  p = KFMA_F64(p, t, -0x1.5f930e4ae76c6p-5);
  p = KFMA_F64(p, t, 0x1.31387d64e3640p-4);
  p = KFMA_F64(p, t, 0x1.16f9d8ceda48dp-2);
  return p;
}
KFN k_f64 j1_p_f64(k_f64 z) {
  k_f64 p = 0x1.c04cf1faae1a4p-34;
  p = KFMA_F64(p, z, -0x1.bcc15f0c6eb23p-31);
  p = KFMA_F64(p, z, 0x1.9d473b288ebdbp-29);
  p = KFMA_F64(p, z, -0x1.e8192c3717ddbp-28);
  p = KFMA_F64(p, z, 0x1.abae53d6982e1p-27);
  p = KFMA_F64(p, z, -0x1.3e43eda8b48e0p-26);
  p = KFMA_F64(p, z, 0x1.d63deb3a15a0fp-26);
  p = KFMA_F64(p, z, -0x1.99605f7fd6531p-25);
  p = KFMA_F64(p, z, 0x1.e61a0c8949f79p-24);
  p = KFMA_F64(p, z, -0x1.b88ff3e2cc951p-22);
  p = KFMA_F64(p, z, 0x1.5a6a535eedefep-19);
  p = KFMA_F64(p, z, -0x1.274ffffd4ecdcp-15);
  p = KFMA_F64(p, z, 0x1.dfffffffffb0ap-10);
  p = KFMA_F64(p, z, 0x1.0000000000000p+0);
  return p;
}
KFN k_f64 j1_q_f64(k_f64 z) {
  k_f64 p = -0x1.e376fa486b008p-34;
  p = KFMA_F64(p, z, 0x1.db18793536dd3p-31);
  p = KFMA_F64(p, z, -0x1.b3506fbabcde1p-29);
  p = KFMA_F64(p, z, 0x1.f70774c957a60p-28);
  p = KFMA_F64(p, z, -0x1.a96226aa9dfa1p-27);
  p = KFMA_F64(p, z, 0x1.2a65aba68bf41p-26);
  p = KFMA_F64(p, z, -0x1.90f9b6b2fba3ap-26);
  p = KFMA_F64(p, z, 0x1.3018f7eb2d391p-25);
  p = KFMA_F64(p, z, -0x1.2d95b450475efp-24);
  p = KFMA_F64(p, z, 0x1.b3f6588047d51p-23);
  p = KFMA_F64(p, z, -0x1.fe58033761424p-21);
  p = KFMA_F64(p, z, 0x1.1c3cfff3adc1bp-17);
  p = KFMA_F64(p, z, -0x1.a3fffffffd2c3p-13);
  p = KFMA_F64(p, z, 0x1.8000000000000p-5);
  return p;
}
KFN k_f64 i0_low_f64(k_f64 t) {
  k_f64 p = 0x1.e2289378a295dp-131;
  p = KFMA_F64(p, t, 0x1.414537ec461a5p-121);
  p = KFMA_F64(p, t, 0x1.6ff523d6d099bp-111);
  p = KFMA_F64(p, t, 0x1.3d8cce31e8e79p-101);
  p = KFMA_F64(p, t, 0x1.e73a1e01ba357p-92);
  p = KFMA_F64(p, t, 0x1.41969af450db0p-82);
  p = KFMA_F64(p, t, 0x1.69cab131f5f91p-73);
  p = KFMA_F64(p, t, 0x1.5601873a716eap-64);
  p = KFMA_F64(p, t, 0x1.0b3132960950dp-55);
  p = KFMA_F64(p, t, 0x1.522a43f5902b1p-47);
  p = KFMA_F64(p, t, 0x1.522a43f65d72ep-39);
  p = KFMA_F64(p, t, 0x1.02e85c08986d7p-31);
  p = KFMA_F64(p, t, 0x1.23456789abd13p-24);
  p = KFMA_F64(p, t, 0x1.c71c71c71c71ap-18);
  p = KFMA_F64(p, t, 0x1.c71c71c71c71dp-12);
  p = KFMA_F64(p, t, 0x1.0000000000000p-6);
  p = KFMA_F64(p, t, 0x1.0000000000000p-2);
  p = KFMA_F64(p, t, 0x1.0000000000000p+0);
  return p;
}
KFN k_f64 i0_high_f64(k_f64 t) {
  k_f64 p = 0x1.54105c3a96f02p-12;
  p = KFMA_F64(p, t, 0x1.468d515eb17adp-14);
  p = KFMA_F64(p, t, -0x1.3cf771652f850p-11);
  p = KFMA_F64(p, t, -0x1.3927da8a29e95p-13);
  p = KFMA_F64(p, t, 0x1.12a918c36e9fcp-11);
  p = KFMA_F64(p, t, 0x1.329873bebd557p-13);
  p = KFMA_F64(p, t, -0x1.28dd394d644ddp-12);
  p = KFMA_F64(p, t, -0x1.b0a7a40771e32p-14);
  p = KFMA_F64(p, t, 0x1.b4d27a1731778p-14);
  p = KFMA_F64(p, t, 0x1.f8d9b5369fa00p-15);
  p = KFMA_F64(p, t, -0x1.5318e95aaa676p-16);
  p = KFMA_F64(p, t, -0x1.ca10038e08d44p-16);
  p = KFMA_F64(p, t, -0x1.d8fee9d57b170p-18);
  p = KFMA_F64(p, t, 0x1.02ef697a9e0eep-18);
  p = KFMA_F64(p, t, 0x1.729f23f43c5bbp-18);
  p = KFMA_F64(p, t, 0x1.51d478c6b2e7ap-18);
  p = KFMA_F64(p, t, 0x1.7d0c2f4155b30p-18);
  p = KFMA_F64(p, t, 0x1.3f49982efbdb4p-17);
  p = KFMA_F64(p, t, 0x1.8e513d00a5a36p-16);
  p = KFMA_F64(p, t, 0x1.75e5ee763e556p-14);
  p = KFMA_F64(p, t, 0x1.1daa72b5c6818p-11);
  p = KFMA_F64(p, t, 0x1.b87969bb93ab5p-8);
  p = KFMA_F64(p, t, 0x1.9bd428ad249a5p-2);
  return p;
}
KFN k_f64 i1_low_f64(k_f64 t) {
  k_f64 p = 0x1.a69bdd2f043c8p-136;
  p = KFMA_F64(p, t, 0x1.315f4be2471ddp-126);
  p = KFMA_F64(p, t, 0x1.6f45ffb25a197p-116);
  p = KFMA_F64(p, t, 0x1.52d056c5798cep-106);
  p = KFMA_F64(p, t, 0x1.166824fc72dd3p-96);
  p = KFMA_F64(p, t, 0x1.8bcd5723dcdf0p-87);
  p = KFMA_F64(p, t, 0x1.e2638fecb1e6fp-78);
  p = KFMA_F64(p, t, 0x1.f17696a4a27adp-69);
  p = KFMA_F64(p, t, 0x1.ab81ea830db4bp-60);
  p = KFMA_F64(p, t, 0x1.2c9758da88d48p-51);
  p = KFMA_F64(p, t, 0x1.522a43f659b9dp-43);
  p = KFMA_F64(p, t, 0x1.27e4fb7789c87p-35);
  p = KFMA_F64(p, t, 0x1.845c8a0ce514bp-28);
  p = KFMA_F64(p, t, 0x1.6c16c16c16c16p-21);
  p = KFMA_F64(p, t, 0x1.c71c71c71c71cp-15);
  p = KFMA_F64(p, t, 0x1.5555555555555p-9);
  p = KFMA_F64(p, t, 0x1.0000000000000p-4);
  p = KFMA_F64(p, t, 0x1.0000000000000p-1);
  return p;
}
KFN k_f64 i1_high_f64(k_f64 t) {
  k_f64 p = -0x1.62fbddb9769abp-12;
  p = KFMA_F64(p, t, -0x1.31ecfd3c817bcp-14);
  p = KFMA_F64(p, t, 0x1.4b299dba6a8d7p-11);
  p = KFMA_F64(p, t, 0x1.2829e05bebeefp-13);
  p = KFMA_F64(p, t, -0x1.1f9d5916494e1p-11);
  p = KFMA_F64(p, t, -0x1.26edd064d2adep-13);
  p = KFMA_F64(p, t, 0x1.387f42c5547f0p-12);
  p = KFMA_F64(p, t, 0x1.aa9c432cbf6d2p-14);
  p = KFMA_F64(p, t, -0x1.d1865982f45f6p-14);
  p = KFMA_F64(p, t, -0x1.003efd6c25734p-14);
  p = KFMA_F64(p, t, 0x1.790b3a04a3eb9p-16);
  p = KFMA_F64(p, t, 0x1.dfd61057ecea2p-16);
  p = KFMA_F64(p, t, 0x1.d86ea3b962f3bp-18);
  p = KFMA_F64(p, t, -0x1.210189d8fade3p-18);
  p = KFMA_F64(p, t, -0x1.91fff785fc2ccp-18);
  p = KFMA_F64(p, t, -0x1.727f62937d72fp-18);
  p = KFMA_F64(p, t, -0x1.ad8a51a187fedp-18);
  p = KFMA_F64(p, t, -0x1.761371bda248cp-17);
  p = KFMA_F64(p, t, -0x1.ec8e1315c9a2bp-16);
  p = KFMA_F64(p, t, -0x1.f89c230a277bdp-14);
  p = KFMA_F64(p, t, -0x1.cbc54df1cbec8p-11);
  p = KFMA_F64(p, t, -0x1.3f796198ee5ffp-6);
  p = KFMA_F64(p, t, 0x1.8ebe783a84030p-2);
  return p;
}
KFN k_f64 j0_f64(k_f64 x) {
  k_f64 a = abs_f64(x);
  k_f64 low = ((a - 0x1.33d152e971b40p+1) + 0x1.0f539d7da258ep-53) * (a + 0x1.33d152e971b40p+1) * j0_low_f64(a < 4.0 ? a * a : 16.0);
  k_f64 high = ((a - 0x1.6148f5b2c2e45p+2) - 0x1.75054cd60a517p-54) * j0_high_f64(a < 8.0 ? a - 6.0 : 2.0);
  k_f64 u = 8.0 / (a < 8.0 ? 8.0 : a);
  k_f64 z = u * u;
  k_f64 s = sin_f64(a);
  k_f64 c = cos_f64(a);
  k_f64 far = KFMA_F64(j0_p_f64(z), c + s, u * j0_q_f64(z) * (c - s)) / (1.77245385090551602730 * sqrt_f64(a < 8.0 ? 8.0 : a));
  far = a > 1.7976931348623157e308 ? 0.0 : far;
  return a < 4.0 ? low : (a < 8.0 ? high : far);
}
KFN k_f64 j1_f64(k_f64 x) {
  k_f64 a = abs_f64(x);
  k_f64 low = a * (((a - 0x1.ea75575af6f09p+1) + 0x1.60155a9d1b256p-53) * (a + 0x1.ea75575af6f09p+1) * j1_low_f64(a < 4.5 ? a * a : 20.25));
  k_f64 high = ((a - 0x1.c0ff5f3b47250p+2) + 0x1.b226d9d243827p-54) * j1_high_f64(a < 8.0 ? a - 6.0 : 2.0);
  k_f64 u = 8.0 / (a < 8.0 ? 8.0 : a);
  k_f64 z = u * u;
  k_f64 s = sin_f64(a);
  k_f64 c = cos_f64(a);
  k_f64 far = KFMA_F64(j1_p_f64(z), s - c, u * j1_q_f64(z) * (s + c)) / (1.77245385090551602730 * sqrt_f64(a < 8.0 ? 8.0 : a));
  far = a > 1.7976931348623157e308 ? 0.0 : far;
  k_f64 y = a < 4.5 ? low : (a < 8.0 ? high : far);
  return x < 0.0 ? -y : (x == 0.0 ? x : y);
}
// exp(x) y / sqrt(x) for x >= 8, where exp(x) may overflow while the product does not.
KFN k_f64 exp_over_root_f64(k_f64 x, k_f64 y) {
  k_f64 down = x > 700.0 ? 350.0 : 0.0;
  k_f64 b = x > 1000.0 ? 1000.0 : x;
  k_f64 e = exp_f64(b - down) * y / sqrt_f64(b);
  e = x > 1.7976931348623157e308 ? x : e;
  return x > 700.0 ? e * 0x1.ec417a3e63c6ap+504 : e;
}
KFN k_f64 i0_f64(k_f64 x) {
  k_f64 a = abs_f64(x);
  k_f64 low = i0_low_f64(a < 8.0 ? a * a : 64.0);
  k_f64 b = a < 8.0 ? 8.0 : a;
  k_f64 far = exp_over_root_f64(b, i0_high_f64(8.0 / b - 0.5));
  return a < 8.0 ? low : (x != x ? x : far);
}
KFN k_f64 i1_f64(k_f64 x) {
  k_f64 a = abs_f64(x);
  k_f64 low = a * i1_low_f64(a < 8.0 ? a * a : 64.0);
  k_f64 b = a < 8.0 ? 8.0 : a;
  k_f64 far = exp_over_root_f64(b, i1_high_f64(8.0 / b - 0.5));
  k_f64 y = a < 8.0 ? low : (x != x ? x : far);
  return x < 0.0 ? -y : (x == 0.0 ? x : y);
}
KFN k_f32 j0_f32(k_f32 x) {
  return (k_f32)j0_f64((k_f64)x);
}
KFN k_f32 j1_f32(k_f32 x) {
  return (k_f32)j1_f64((k_f64)x);
}
KFN k_f32 i0_f32(k_f32 x) {
  return (k_f32)i0_f64((k_f64)x);
}
KFN k_f32 i1_f32(k_f32 x) {
  return (k_f32)i1_f64((k_f64)x);
}
