# Copyright: (c) 2026, aienv.cloud contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Compute Engine's list prices, USD per hour with Linux. Written by tools/price_table_file.py; do not edit by hand.

A line is: source region market, then machine-type:price of each type; `*` after a price: a second source agrees; `-` in its
place: offered there, at a price that no trustworthy source says.
"""

from __future__ import annotations

from ...model.price import Source

SOURCES = {
    "s1": Source(
        "cloudpilot-ai/karpenter-provider-gcp, pkg/providers/pricing/initial-prices.json, commit 373e2ba, "
        "taken from gcloud-compute.com (Cyclenerd)",
        "2026-08-03",
    ),
    "s2": Source(
        "skypilot-org/skypilot-catalog, catalogs/v9/gcp/vms.csv, commit 2c3d7ea (between 2026-01-22 and "
        "2026-05-18): the price of a B200 slice, times 8, which includes the machine",
        "2026-01-22",
    ),
    "s3": Source(
        "skypilot-org/skypilot-catalog, catalogs/v9/gcp/vms.csv, commit 2c3d7ea (between 2026-01-22 and "
        "2026-05-18): machine and GPUs, without the bundled local SSD (0.8 %)",
        "2026-01-22",
    ),
    "s4": Source(
        "cloudpilot-ai/karpenter-provider-gcp, pkg/providers/pricing/initial-prices.json, commit 373e2ba, "
        "taken from gcloud-compute.com (Cyclenerd); the T4 of skypilot-org/skypilot-catalog, "
        "catalogs/v9/gcp/vms.csv, commit 2c3d7ea (between 2026-01-22 and 2026-05-18)",
        "2026-01-22",
    ),
}

TABLE = """
s1 asia-northeast1 on_demand a2-highgpu-1g:4.049591 a2-highgpu-2g:8.099182 a2-highgpu-4g:16.198364
s1 asia-northeast1 on_demand a2-highgpu-8g:32.396727 a3-highgpu-1g:15.830424 a3-highgpu-2g:31.660848
s1 asia-northeast1 on_demand a3-highgpu-4g:63.321695 a3-highgpu-8g:126.643391 a3-megagpu-8g:119.276367
s1 asia-northeast1 on_demand c3-standard-4:0.258905 c3-standard-8:0.51781 e2-standard-2:0.085966 e2-standard-4:0.171931
s1 asia-northeast1 on_demand e2-standard-8:0.343863 g2-standard-12:1.284735 g2-standard-16:1.473245
s1 asia-northeast1 on_demand g2-standard-24:2.569469 g2-standard-32:2.227286 g2-standard-4:0.907714
s1 asia-northeast1 on_demand g2-standard-48:5.138938 g2-standard-8:1.096224 g2-standard-96:10.277877
s1 asia-northeast1 on_demand n2-standard-16:0.996704* n2-standard-2:0.124588* n2-standard-4:0.249176*
s1 asia-northeast1 on_demand n2-standard-8:0.498352*
s4 asia-northeast1 on_demand n1-standard-16+2xt4:1.715028 n1-standard-16+4xt4:2.455028 n1-standard-16+t4:1.345028
s4 asia-northeast1 on_demand n1-standard-4+2xt4:0.983757 n1-standard-4+4xt4:1.723757 n1-standard-4+t4:0.613757
s4 asia-northeast1 on_demand n1-standard-8+2xt4:1.227514 n1-standard-8+4xt4:1.967514 n1-standard-8+t4:0.857514
s1 asia-northeast1 spot a2-highgpu-1g:2.429675 a2-highgpu-2g:4.85935 a2-highgpu-4g:9.7187 a2-highgpu-8g:19.4374
s1 asia-northeast1 spot a3-highgpu-1g:3.238754 a3-highgpu-2g:6.477507 a3-highgpu-4g:12.955014 a3-highgpu-8g:25.910029
s1 asia-northeast1 spot a3-megagpu-8g:29.718029 c3-standard-4:0.038808 c3-standard-8:0.077616 e2-standard-2:0.051584
s1 asia-northeast1 spot e2-standard-4:0.103168 e2-standard-8:0.206336 g2-standard-12:0.770788 g2-standard-16:0.883884
s1 asia-northeast1 spot g2-standard-24:1.541576 g2-standard-32:1.336268 g2-standard-4:0.544596 g2-standard-48:3.083152
s1 asia-northeast1 spot g2-standard-8:0.657692 g2-standard-96:6.166304 n2-standard-16:0.261632 n2-standard-2:0.032704
s1 asia-northeast1 spot n2-standard-4:0.065408 n2-standard-8:0.130816
s2 asia-northeast1 spot a4-highgpu-8g:43.1392
s4 asia-northeast1 spot n1-standard-16+2xt4:0.62546 n1-standard-16+4xt4:0.92686 n1-standard-16+t4:0.47476
s4 asia-northeast1 spot n1-standard-4+2xt4:0.382415 n1-standard-4+4xt4:0.683815 n1-standard-4+t4:0.231715
s4 asia-northeast1 spot n1-standard-8+2xt4:0.46343 n1-standard-8+4xt4:0.76483 n1-standard-8+t4:0.31273
s1 europe-west4 on_demand a2-highgpu-1g:3.747972 a2-highgpu-2g:7.495944 a2-highgpu-4g:14.991888 a2-highgpu-8g:29.983776
s1 europe-west4 on_demand a2-megagpu-16g:56.62656 a2-ultragpu-1g:5.580918 a2-ultragpu-2g:11.161837
s1 europe-west4 on_demand a2-ultragpu-4g:22.323674 a2-ultragpu-8g:44.647348 a3-highgpu-1g:14.06756*
s1 europe-west4 on_demand a3-highgpu-2g:28.13512* a3-highgpu-4g:56.27024* a3-highgpu-8g:112.540479
s1 europe-west4 on_demand a3-megagpu-8g:118.236831* a3-ultragpu-8g:- c3-standard-4:0.211688 c3-standard-8:0.423377
s1 europe-west4 on_demand e2-standard-2:0.073772 e2-standard-4:0.147544 e2-standard-8:0.295088 g2-standard-12:1.051488
s1 europe-west4 on_demand g2-standard-16:1.205773 g2-standard-24:2.102975 g2-standard-32:1.822916 g2-standard-4:0.742916
s1 europe-west4 on_demand g2-standard-48:4.20595 g2-standard-8:0.897202 g2-standard-96:8.411901
s1 europe-west4 on_demand g4-standard-192:19.799692 g4-standard-384:39.599384 g4-standard-48:4.949923
s1 europe-west4 on_demand g4-standard-96:9.899846 n2-standard-16:0.855328* n2-standard-2:0.106916*
s1 europe-west4 on_demand n2-standard-4:0.213832* n2-standard-8:0.427664*
s4 europe-west4 on_demand n1-standard-16+2xt4:1.571672 n1-standard-16+4xt4:2.306672 n1-standard-16+t4:1.204172
s4 europe-west4 on_demand n1-standard-4+2xt4:0.944168 n1-standard-4+4xt4:1.679168 n1-standard-4+t4:0.576668
s4 europe-west4 on_demand n1-standard-8+2xt4:1.153336 n1-standard-8+4xt4:1.888336 n1-standard-8+t4:0.785836
s1 europe-west4 spot a2-highgpu-1g:1.692835 a2-highgpu-2g:3.38567 a2-highgpu-4g:6.77134 a2-highgpu-8g:13.54268
s1 europe-west4 spot a2-megagpu-16g:25.57624 a2-ultragpu-1g:2.945207 a2-ultragpu-2g:5.890413 a2-ultragpu-4g:11.780827
s1 europe-west4 spot a2-ultragpu-8g:23.561654 a3-highgpu-1g:5.514847 a3-highgpu-2g:11.029695 a3-highgpu-4g:22.05939
s1 europe-west4 spot a3-highgpu-8g:44.118779 a3-megagpu-8g:46.243579 c3-standard-4:0.089376 c3-standard-8:0.178752
s1 europe-west4 spot e2-standard-2:0.035264 e2-standard-4:0.070528 e2-standard-8:0.141056 g2-standard-12:0.55178
s1 europe-west4 spot g2-standard-16:0.63274 g2-standard-24:1.10356 g2-standard-32:0.95658 g2-standard-4:0.38986
s1 europe-west4 spot g2-standard-48:2.20712 g2-standard-8:0.47082 g2-standard-96:4.41424 g4-standard-192:7.92
s1 europe-west4 spot g4-standard-384:15.84 g4-standard-48:1.98 g4-standard-96:3.96 n2-standard-16:0.310944
s1 europe-west4 spot n2-standard-2:0.038868 n2-standard-4:0.077736 n2-standard-8:0.155472
s2 europe-west4 spot a4-highgpu-8g:34.0736
s4 europe-west4 spot n1-standard-16+2xt4:0.84712 n1-standard-16+4xt4:1.20812 n1-standard-16+t4:0.66662
s4 europe-west4 spot n1-standard-4+2xt4:0.48253 n1-standard-4+4xt4:0.84353 n1-standard-4+t4:0.30203
s4 europe-west4 spot n1-standard-8+2xt4:0.60406 n1-standard-8+4xt4:0.96506 n1-standard-8+t4:0.42356
s1 us-central1 on_demand a2-highgpu-1g:3.673385* a2-highgpu-2g:7.34677* a2-highgpu-4g:14.69354* a2-highgpu-8g:29.38708*
s1 us-central1 on_demand a2-megagpu-16g:55.739504* a2-ultragpu-1g:5.068798* a2-ultragpu-2g:10.137596*
s1 us-central1 on_demand a2-ultragpu-4g:20.275192* a2-ultragpu-8g:40.550383* a3-highgpu-1g:11.06125
s1 us-central1 on_demand a3-highgpu-2g:22.1225 a3-highgpu-4g:44.245 a3-highgpu-8g:88.49 a3-ultragpu-8g:-
s1 us-central1 on_demand c3-standard-4:0.201608 c3-standard-8:0.403216 e2-standard-2:0.067011* e2-standard-4:0.134023*
s1 us-central1 on_demand e2-standard-8:0.268046* g2-standard-12:1.000416 g2-standard-16:1.147208 g2-standard-24:2.000833
s1 us-central1 on_demand g2-standard-32:1.734376 g2-standard-4:0.706832 g2-standard-48:4.001665 g2-standard-8:0.853624
s1 us-central1 on_demand g2-standard-96:8.00333 g4-standard-192:17.99972 g4-standard-384:35.99944 g4-standard-48:4.49993
s1 us-central1 on_demand g4-standard-96:8.99986 n2-standard-16:0.776944* n2-standard-2:0.097118* n2-standard-4:0.194236*
s1 us-central1 on_demand n2-standard-8:0.388472*
s3 us-central1 on_demand a3-megagpu-8g:92.21427
s4 us-central1 on_demand n1-standard-16+2xt4:1.459996* n1-standard-16+4xt4:2.159996* n1-standard-16+t4:1.109996*
s4 us-central1 on_demand n1-standard-4+2xt4:0.889999* n1-standard-4+4xt4:1.589999* n1-standard-4+t4:0.539999*
s4 us-central1 on_demand n1-standard-8+2xt4:1.079998* n1-standard-8+4xt4:1.779998* n1-standard-8+t4:0.729998*
s1 us-central1 spot a2-highgpu-1g:1.92802 a2-highgpu-2g:3.85604 a2-highgpu-4g:7.71208 a2-highgpu-8g:15.42416
s1 us-central1 spot a2-megagpu-16g:29.25568 a2-ultragpu-1g:2.759546 a2-ultragpu-2g:5.519093 a2-ultragpu-4g:11.038185
s1 us-central1 spot a2-ultragpu-8g:22.07637 a3-highgpu-1g:6.326193 a3-highgpu-2g:12.652385 a3-highgpu-4g:25.30477
s1 us-central1 spot a3-highgpu-8g:50.609541 c3-standard-4:0.0494 c3-standard-8:0.0988 e2-standard-2:0.040212
s1 us-central1 spot e2-standard-4:0.080424 e2-standard-8:0.160848 g2-standard-12:0.562408 g2-standard-16:0.644944
s1 us-central1 spot g2-standard-24:1.124816 g2-standard-32:0.975088 g2-standard-4:0.397336 g2-standard-48:2.249632
s1 us-central1 spot g2-standard-8:0.479872 g2-standard-96:4.499264 g4-standard-192:7.19928 g4-standard-384:14.39856
s1 us-central1 spot g4-standard-48:1.79982 g4-standard-96:3.59964 n2-standard-16:0.36848 n2-standard-2:0.04606
s1 us-central1 spot n2-standard-4:0.09212 n2-standard-8:0.18424
s3 us-central1 spot a3-megagpu-8g:50.19552
s2 us-central1 spot a4-highgpu-8g:37.7464
s4 us-central1 spot n1-standard-16+2xt4:0.65104 n1-standard-16+4xt4:1.03404 n1-standard-16+t4:0.45954
s4 us-central1 spot n1-standard-4+2xt4:0.45001 n1-standard-4+4xt4:0.83301 n1-standard-4+t4:0.25851
s4 us-central1 spot n1-standard-8+2xt4:0.51702 n1-standard-8+4xt4:0.90002 n1-standard-8+t4:0.32552
s1 us-east4 on_demand a2-ultragpu-1g:5.707732 a2-ultragpu-2g:11.415465 a2-ultragpu-4g:22.83093 a2-ultragpu-8g:45.66186
s1 us-east4 on_demand a3-highgpu-1g:11.06947* a3-highgpu-2g:22.138939* a3-highgpu-4g:44.277878* a3-highgpu-8g:88.555756*
s1 us-east4 on_demand a3-megagpu-8g:92.937588* a3-ultragpu-8g:- c3-standard-4:0.201608 c3-standard-8:0.403216
s1 us-east4 on_demand e2-standard-2:0.075471 e2-standard-4:0.150942 e2-standard-8:0.301883 g2-standard-12:0.997141
s1 us-east4 on_demand g2-standard-16:1.143452 g2-standard-24:1.994281 g2-standard-32:1.728697 g2-standard-4:0.704518
s1 us-east4 on_demand g2-standard-48:3.988562 g2-standard-8:0.850829 g2-standard-96:7.977124 g4-standard-192:17.99972
s1 us-east4 on_demand g4-standard-384:35.99944 g4-standard-48:4.49993 g4-standard-96:8.99986 n2-standard-16:0.875024*
s1 us-east4 on_demand n2-standard-2:0.109378* n2-standard-4:0.218756* n2-standard-8:0.437512*
s4 us-east4 on_demand n1-standard-16+2xt4:1.59594 n1-standard-16+4xt4:2.33594 n1-standard-16+t4:1.22594
s4 us-east4 on_demand n1-standard-4+2xt4:0.953985 n1-standard-4+4xt4:1.693985 n1-standard-4+t4:0.583985
s4 us-east4 on_demand n1-standard-8+2xt4:1.16797 n1-standard-8+4xt4:1.90797 n1-standard-8+t4:0.79797
s1 us-east4 spot a2-ultragpu-1g:2.367253 a2-ultragpu-2g:4.734507 a2-ultragpu-4g:9.469013 a2-ultragpu-8g:18.938026
s1 us-east4 spot a3-highgpu-1g:4.540105 a3-highgpu-2g:9.080209 a3-highgpu-4g:18.160418 a3-highgpu-8g:36.320837
s1 us-east4 spot a3-megagpu-8g:23.275237 c3-standard-4:0.057248 c3-standard-8:0.114496 e2-standard-2:0.04138
s1 us-east4 spot e2-standard-4:0.08276 e2-standard-8:0.16552 g2-standard-12:0.439588 g2-standard-16:0.504084
s1 us-east4 spot g2-standard-24:0.879176 g2-standard-32:0.762068 g2-standard-4:0.310596 g2-standard-48:1.758352
s1 us-east4 spot g2-standard-8:0.375092 g2-standard-96:3.516704 g4-standard-192:7.19928 g4-standard-384:14.39856
s1 us-east4 spot g4-standard-48:1.79982 g4-standard-96:3.59964 n2-standard-16:0.200288 n2-standard-2:0.025036
s1 us-east4 spot n2-standard-4:0.050072 n2-standard-8:0.100144
s2 us-east4 spot a4-highgpu-8g:32.6064
s4 us-east4 spot n1-standard-16+2xt4:0.57722 n1-standard-16+4xt4:0.93542 n1-standard-16+t4:0.39812
s4 us-east4 spot n1-standard-4+2xt4:0.412955 n1-standard-4+4xt4:0.771155 n1-standard-4+t4:0.233855
s4 us-east4 spot n1-standard-8+2xt4:0.46771 n1-standard-8+4xt4:0.82591 n1-standard-8+t4:0.28861
s1 us-west1 on_demand a2-highgpu-1g:3.673385* a2-highgpu-2g:7.34677* a2-highgpu-4g:14.69354* a2-highgpu-8g:29.38708*
s1 us-west1 on_demand a3-highgpu-1g:11.06125 a3-highgpu-2g:22.1225 a3-highgpu-4g:44.245 a3-highgpu-8g:88.49
s1 us-west1 on_demand a3-ultragpu-8g:- c3-standard-4:0.201608 c3-standard-8:0.403216 e2-standard-2:0.067011
s1 us-west1 on_demand e2-standard-4:0.134023 e2-standard-8:0.268046 g2-standard-12:1.000416 g2-standard-16:1.147208
s1 us-west1 on_demand g2-standard-24:2.000833 g2-standard-32:1.734376 g2-standard-4:0.706832 g2-standard-48:4.001665
s1 us-west1 on_demand g2-standard-8:0.853624 g2-standard-96:8.00333 g4-standard-192:17.99972 g4-standard-384:35.99944
s1 us-west1 on_demand g4-standard-48:4.49993 g4-standard-96:8.99986 n2-standard-16:0.776944* n2-standard-2:0.097118*
s1 us-west1 on_demand n2-standard-4:0.194236* n2-standard-8:0.388472*
s3 us-west1 on_demand a3-megagpu-8g:92.21427
s4 us-west1 on_demand n1-standard-16+2xt4:1.459996 n1-standard-16+4xt4:2.159996 n1-standard-16+t4:1.109996
s4 us-west1 on_demand n1-standard-4+2xt4:0.889999 n1-standard-4+4xt4:1.589999 n1-standard-4+t4:0.539999
s4 us-west1 on_demand n1-standard-8+2xt4:1.079998 n1-standard-8+4xt4:1.779998 n1-standard-8+t4:0.729998
s1 us-west1 spot a2-highgpu-1g:1.92802 a2-highgpu-2g:3.85604 a2-highgpu-4g:7.71208 a2-highgpu-8g:15.42416
s1 us-west1 spot a3-highgpu-1g:6.326193 a3-highgpu-2g:12.652385 a3-highgpu-4g:25.30477 a3-highgpu-8g:50.609541
s1 us-west1 spot c3-standard-4:0.0494 c3-standard-8:0.0988 e2-standard-2:0.040212 e2-standard-4:0.080424
s1 us-west1 spot e2-standard-8:0.160848 g2-standard-12:0.562408 g2-standard-16:0.644944 g2-standard-24:1.124816
s1 us-west1 spot g2-standard-32:0.975088 g2-standard-4:0.397336 g2-standard-48:2.249632 g2-standard-8:0.479872
s1 us-west1 spot g2-standard-96:4.499264 g4-standard-192:7.19928 g4-standard-384:14.39856 g4-standard-48:1.79982
s1 us-west1 spot g4-standard-96:3.59964 n2-standard-16:0.36848 n2-standard-2:0.04606 n2-standard-4:0.09212
s1 us-west1 spot n2-standard-8:0.18424
s3 us-west1 spot a3-megagpu-8g:50.19552
s4 us-west1 spot n1-standard-16+2xt4:0.65104 n1-standard-16+4xt4:1.03404 n1-standard-16+t4:0.45954
s4 us-west1 spot n1-standard-4+2xt4:0.45001 n1-standard-4+4xt4:0.83301 n1-standard-4+t4:0.25851
s4 us-west1 spot n1-standard-8+2xt4:0.51702 n1-standard-8+4xt4:0.90002 n1-standard-8+t4:0.32552
"""
