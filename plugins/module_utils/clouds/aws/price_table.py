# Copyright: (c) 2026, aienv.cloud contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""EC2's list prices, USD per hour with Linux. Written by tools/price_table_file.py; do not edit by hand.

A line is: source region market, then machine-type:price of each type; `*` after a price: a second source agrees; `-` in its
place: offered there, at a price that no trustworthy source says.
"""

from __future__ import annotations

from ...model.price import Source

SOURCES = {
    "s1": Source(
        "aws/karpenter-provider-aws, pkg/providers/pricing/zz_generated.pricing_aws.go, commit 6fc13b523, "
        "generated from the AWS price list 2026-07-20T13:44:30Z",
        "2026-07-20",
    ),
    "s2": Source(
        "skypilot-org/skypilot-catalog, catalogs/v9/aws/vms.csv, commit 2c3d7ea (between 2026-01-22 and 2026-05-18)",
        "2026-01-22",
    ),
    "s3": Source(
        "AWS price file in yeo/ec2.shop, data/ec2/<region>-ondemand.json, commit 73696e380, published by AWS"
        " 2025-04-04T22:41:22Z",
        "2025-04-04",
    ),
}

TABLE = """
s3 ap-northeast-1 on_demand c7i.4xlarge:0.8988 c7i.xlarge:0.2247 g4dn.12xlarge:5.281 g4dn.2xlarge:1.015
s3 ap-northeast-1 on_demand g4dn.4xlarge:1.625 g4dn.8xlarge:2.938 g4dn.metal:10.562 g5.16xlarge:5.94042
s3 ap-northeast-1 on_demand g5.24xlarge:11.81123 g5.2xlarge:1.75776 g5.48xlarge:23.62246 g5.4xlarge:2.35528
s3 ap-northeast-1 on_demand g5.8xlarge:3.55033 g6.12xlarge:6.67369 g6.16xlarge:4.92637 g6.24xlarge:9.68103
s3 ap-northeast-1 on_demand g6.2xlarge:1.41781 g6.48xlarge:19.36206 g6.4xlarge:1.91903 g6.8xlarge:2.92148
s3 ap-northeast-1 on_demand g6e.12xlarge:15.21742 g6e.16xlarge:10.98917 g6e.48xlarge:43.69912 g6e.4xlarge:4.35703
s3 ap-northeast-1 on_demand g6e.8xlarge:6.56775 g6e.xlarge:2.699 m7i.2xlarge:0.5208 m7i.4xlarge:1.0416
s3 ap-northeast-1 on_demand m7i.8xlarge:2.0832 m7i.large:0.1302 m7i.xlarge:0.2604
s2 ap-northeast-1 on_demand g4dn.16xlarge:5.875* g4dn.xlarge:0.71* g5.12xlarge:8.22609* g5.xlarge:1.459*
s2 ap-northeast-1 on_demand g6.xlarge:1.1672* g6e.24xlarge:21.84956* g6e.2xlarge:3.25168* g7e.12xlarge:12.01727
s2 ap-northeast-1 on_demand g7e.24xlarge:24.03454 g7e.2xlarge:4.87752 g7e.48xlarge:48.06908 g7e.4xlarge:5.79852
s2 ap-northeast-1 on_demand g7e.8xlarge:7.64051 gr6.4xlarge:2.2323* gr6.8xlarge:3.54801* p4d.24xlarge:30.09784
s2 ap-northeast-1 on_demand p4de.24xlarge:37.6223 p5.48xlarge:68.8 p5.4xlarge:8.6 p5en.48xlarge:79.12
s2 ap-northeast-1 spot g4dn.16xlarge:1.393 g4dn.xlarge:0.2576 g5.12xlarge:2.6196 g5.xlarge:0.662 g6.xlarge:0.529
s2 ap-northeast-1 spot g6e.24xlarge:3.8713 g6e.2xlarge:1.3932 g7e.12xlarge:1.6886 g7e.24xlarge:3.3971 g7e.2xlarge:0.9671
s2 ap-northeast-1 spot g7e.48xlarge:6.911 g7e.4xlarge:0.8556 g7e.8xlarge:0.968 gr6.4xlarge:0.384 gr6.8xlarge:0.594
s2 ap-northeast-1 spot p4d.24xlarge:10.3316 p4de.24xlarge:12.546 p5.48xlarge:9.8505 p5.4xlarge:3.2415
s2 ap-northeast-1 spot p5en.48xlarge:19.0969
s3 eu-central-1 on_demand c7i.4xlarge:0.8148 c7i.xlarge:0.2037 g4dn.12xlarge:4.89 g4dn.2xlarge:0.94 g4dn.4xlarge:1.505
s3 eu-central-1 on_demand g4dn.8xlarge:2.72 g5.12xlarge:7.09282 g5.16xlarge:5.12204 g5.24xlarge:10.18405
s3 eu-central-1 on_demand g5.2xlarge:1.5156 g5.48xlarge:20.3681 g5.4xlarge:2.03081 g5.8xlarge:3.06122
s3 eu-central-1 on_demand g6.12xlarge:5.75429 g6.16xlarge:4.24769 g6.24xlarge:8.34732 g6.2xlarge:1.22249
s3 eu-central-1 on_demand g6.48xlarge:16.69464 g6.4xlarge:1.65466 g6e.12xlarge:13.12002 g6e.16xlarge:9.47454
s3 eu-central-1 on_demand g6e.48xlarge:37.67612 g6e.4xlarge:3.75651 g6e.8xlarge:5.66252 m7i.2xlarge:0.483
s3 eu-central-1 on_demand m7i.4xlarge:0.966 m7i.8xlarge:1.932 m7i.large:0.12075 m7i.xlarge:0.2415 m8g.2xlarge:0.43016
s3 eu-central-1 on_demand m8g.large:0.10754 m8g.xlarge:0.21508
s2 eu-central-1 on_demand g4dn.16xlarge:5.44* g4dn.metal:9.78* g4dn.xlarge:0.658* g5.xlarge:1.258* g6.8xlarge:2.519*
s2 eu-central-1 on_demand g6.xlarge:1.0064* g6e.24xlarge:18.83806* g6e.2xlarge:2.8035* g6e.xlarge:2.327*
s2 eu-central-1 on_demand gr6.4xlarge:1.9248* gr6.8xlarge:3.05927* p4d.24xlarge:27.43298 p4de.24xlarge:34.29122
s2 eu-central-1 spot g4dn.16xlarge:1.4429 g4dn.metal:3.6925 g4dn.xlarge:0.2347 g5.xlarge:0.5747 g6.8xlarge:0.6408
s2 eu-central-1 spot g6.xlarge:0.3808 g6e.24xlarge:4.4598 g6e.2xlarge:1.3816 g6e.xlarge:1.5559 gr6.4xlarge:0.5544
s2 eu-central-1 spot gr6.8xlarge:0.9843 p4d.24xlarge:18.8753 p4de.24xlarge:12.9989
s3 eu-west-1 on_demand c7i.4xlarge:0.76608 c7i.xlarge:0.19152 g4dn.12xlarge:4.362 g4dn.16xlarge:4.853 g4dn.2xlarge:0.838
s3 eu-west-1 on_demand g4dn.4xlarge:1.342 g4dn.8xlarge:2.426 g5.12xlarge:6.33167 g5.16xlarge:4.57237 g5.24xlarge:9.09117
s3 eu-west-1 on_demand g5.2xlarge:1.35296 g5.48xlarge:18.18233 g5.4xlarge:1.81287 g5.8xlarge:2.73271 m7i.2xlarge:0.4494
s3 eu-west-1 on_demand m7i.4xlarge:0.8988 m7i.8xlarge:1.7976 m7i.large:0.11235 m7i.xlarge:0.2247 m8g.2xlarge:0.40016
s3 eu-west-1 on_demand m8g.large:0.10004 m8g.xlarge:0.20008
s2 eu-west-1 on_demand g4dn.metal:8.724* g4dn.xlarge:0.587* g5.xlarge:1.123* p4d.24xlarge:23.71569
s2 eu-west-1 spot g4dn.metal:3.6084 g4dn.xlarge:0.2602 g5.xlarge:0.5868 p4d.24xlarge:14.5352
s1 us-east-1 on_demand c7i.4xlarge:0.714* c7i.xlarge:0.1785* g4dn.12xlarge:3.912* g4dn.16xlarge:4.352*
s1 us-east-1 on_demand g4dn.2xlarge:0.752* g4dn.4xlarge:1.204* g4dn.8xlarge:2.176* g4dn.metal:7.824* g4dn.xlarge:0.526*
s1 us-east-1 on_demand g5.12xlarge:5.672* g5.16xlarge:4.096* g5.24xlarge:8.144* g5.2xlarge:1.212* g5.48xlarge:16.288*
s1 us-east-1 on_demand g5.4xlarge:1.624* g5.8xlarge:2.448* g5.xlarge:1.006* g6.12xlarge:4.6016* g6.16xlarge:3.3968*
s1 us-east-1 on_demand g6.24xlarge:6.6752* g6.2xlarge:0.9776* g6.48xlarge:13.3504* g6.4xlarge:1.3232* g6.8xlarge:2.0144*
s1 us-east-1 on_demand g6.xlarge:0.8048* g6e.12xlarge:10.49264* g6e.16xlarge:7.57719* g6e.24xlarge:15.06559*
s1 us-east-1 on_demand g6e.2xlarge:2.24208* g6e.48xlarge:30.13118* g6e.4xlarge:3.00424* g6e.8xlarge:4.52856*
s1 us-east-1 on_demand g6e.xlarge:1.861* g7e.12xlarge:8.28608* g7e.24xlarge:16.57216* g7e.2xlarge:3.36312*
s1 us-east-1 on_demand g7e.48xlarge:33.14432* g7e.4xlarge:3.99816* g7e.8xlarge:5.26824* gr6.4xlarge:1.5392*
s1 us-east-1 on_demand gr6.8xlarge:2.4464* m7i.2xlarge:0.4032* m7i.4xlarge:0.8064* m7i.8xlarge:1.6128* m7i.large:0.1008*
s1 us-east-1 on_demand m7i.xlarge:0.2016* m8g.2xlarge:0.35904* m8g.large:0.08976* m8g.xlarge:0.17952*
s1 us-east-1 on_demand p4d.24xlarge:21.957642* p4de.24xlarge:27.44705* p5.48xlarge:55.04* p5.4xlarge:6.88*
s1 us-east-1 on_demand p5en.48xlarge:63.296* p6-b200.48xlarge:113.9328* p6-b300.48xlarge:142.416
s2 us-east-1 spot g4dn.12xlarge:1.158 g4dn.metal:2.5404 g4dn.xlarge:0.2132 g5.xlarge:0.4328 g6.8xlarge:0.8316
s2 us-east-1 spot g6e.16xlarge:2.0591 g6e.24xlarge:4.437 g6e.xlarge:0.8783 g7e.12xlarge:1.7461 g7e.24xlarge:3.8414
s2 us-east-1 spot g7e.2xlarge:1.0033 g7e.48xlarge:9.3692 g7e.4xlarge:1.2085 g7e.8xlarge:1.1523 gr6.4xlarge:0.653
s2 us-east-1 spot p4d.24xlarge:6.5323 p4de.24xlarge:14.2574 p5.48xlarge:16.9508 p5.4xlarge:5.4046 p5en.48xlarge:15.8566
s2 us-east-1 spot p6-b200.48xlarge:24.402
s3 us-west-2 on_demand c7i.4xlarge:0.714 c7i.xlarge:0.1785 g4dn.16xlarge:4.352 g4dn.2xlarge:0.752 g4dn.4xlarge:1.204
s3 us-west-2 on_demand g4dn.8xlarge:2.176 g5.12xlarge:5.672 g5.16xlarge:4.096 g5.24xlarge:8.144 g5.2xlarge:1.212
s3 us-west-2 on_demand g5.48xlarge:16.288 g5.4xlarge:1.624 g6.12xlarge:4.6016 g6.16xlarge:3.3968 g6.24xlarge:6.6752
s3 us-west-2 on_demand g6.2xlarge:0.9776 g6.48xlarge:13.3504 g6.4xlarge:1.3232 g6.xlarge:0.8048 g6e.12xlarge:10.49264
s3 us-west-2 on_demand g6e.2xlarge:2.24208 g6e.48xlarge:30.13118 g6e.4xlarge:3.00424 g6e.8xlarge:4.52856
s3 us-west-2 on_demand gr6.8xlarge:2.4464 m7i.2xlarge:0.4032 m7i.4xlarge:0.8064 m7i.8xlarge:1.6128 m7i.large:0.1008
s3 us-west-2 on_demand m7i.xlarge:0.2016 m8g.2xlarge:0.35904 m8g.large:0.08976 m8g.xlarge:0.17952
s2 us-west-2 on_demand g4dn.12xlarge:3.912* g4dn.metal:7.824* g4dn.xlarge:0.526* g5.8xlarge:2.448* g5.xlarge:1.006*
s2 us-west-2 on_demand g6.8xlarge:2.0144* g6e.16xlarge:7.57719* g6e.24xlarge:15.06559* g6e.xlarge:1.861*
s2 us-west-2 on_demand g7e.12xlarge:8.28608 g7e.24xlarge:16.57216 g7e.2xlarge:3.36312 g7e.48xlarge:33.14432
s2 us-west-2 on_demand g7e.4xlarge:3.99816 g7e.8xlarge:5.26824 gr6.4xlarge:1.5392* p4d.24xlarge:21.95764
s2 us-west-2 on_demand p4de.24xlarge:27.44705 p5.48xlarge:55.04 p5.4xlarge:6.88 p5en.48xlarge:63.296
s2 us-west-2 on_demand p6-b200.48xlarge:113.9328 p6-b300.48xlarge:142.416
s2 us-west-2 spot g4dn.12xlarge:1.3978 g4dn.metal:2.8615 g4dn.xlarge:0.2147 g5.8xlarge:0.9277 g5.xlarge:0.5232
s2 us-west-2 spot g6.8xlarge:0.8223 g6e.16xlarge:2.0046 g6e.24xlarge:3.0287 g6e.xlarge:0.8597 g7e.12xlarge:1.1539
s2 us-west-2 spot g7e.24xlarge:3.6848 g7e.2xlarge:0.9582 g7e.48xlarge:4.3282 g7e.4xlarge:1.2606 g7e.8xlarge:1.0398
s2 us-west-2 spot gr6.4xlarge:0.4146 p4d.24xlarge:10.6943 p4de.24xlarge:15.0545 p5.48xlarge:9.3722 p5.4xlarge:4.8202
s2 us-west-2 spot p5e.48xlarge:17.7513 p5en.48xlarge:17.8226 p6-b200.48xlarge:25.4876 p6-b300.48xlarge:15.9815
"""
