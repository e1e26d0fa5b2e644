# Copyright: (c) 2026, aienv.cloud contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""EC2's machine types. Written by tools/derive_aws_shapes.py from the DescribeInstanceTypes dump in moto 5.2.5; do not edit by hand.

A line is: family architecture gpu-model, then size:vCPUs:GiB[:GPUs:network cards:EFA interfaces] of each size.
"""

from __future__ import annotations

TABLE = """
a1 arm64 - medium:1:2 large:2:4 xlarge:4:8 2xlarge:8:16 4xlarge:16:32 metal:16:32
c1 x86_64 - medium:2:1.69922 xlarge:8:7
c3 x86_64 - large:2:3.75 xlarge:4:7.5 2xlarge:8:15 4xlarge:16:30 8xlarge:32:60
c4 x86_64 - large:2:3.75 xlarge:4:7.5 2xlarge:8:15 4xlarge:16:30 8xlarge:36:60
c5 x86_64 - large:2:4 xlarge:4:8 2xlarge:8:16 4xlarge:16:32 9xlarge:36:72 12xlarge:48:96 18xlarge:72:144 24xlarge:96:192
c5 x86_64 - metal:96:192
c5a x86_64 - large:2:4 xlarge:4:8 2xlarge:8:16 4xlarge:16:32 8xlarge:32:64 12xlarge:48:96 16xlarge:64:128
c5a x86_64 - 24xlarge:96:192
c5ad x86_64 - large:2:4 xlarge:4:8 2xlarge:8:16 4xlarge:16:32 8xlarge:32:64 12xlarge:48:96 16xlarge:64:128
c5ad x86_64 - 24xlarge:96:192
c5d x86_64 - large:2:4 xlarge:4:8 2xlarge:8:16 4xlarge:16:32 9xlarge:36:72 12xlarge:48:96 18xlarge:72:144
c5d x86_64 - 24xlarge:96:192 metal:96:192
c5n x86_64 - large:2:5.25 xlarge:4:10.5 2xlarge:8:21 4xlarge:16:42 9xlarge:36:96:0:1:1 18xlarge:72:192:0:1:1
c5n x86_64 - metal:72:192:0:1:1
c6a x86_64 - large:2:4 xlarge:4:8 2xlarge:8:16 4xlarge:16:32 8xlarge:32:64 12xlarge:48:96 16xlarge:64:128
c6a x86_64 - 24xlarge:96:192 32xlarge:128:256 48xlarge:192:384:0:1:1 metal:192:384:0:1:1
c6g arm64 - medium:1:2 large:2:4 xlarge:4:8 2xlarge:8:16 4xlarge:16:32 8xlarge:32:64 12xlarge:48:96 16xlarge:64:128
c6g arm64 - metal:64:128
c6gd arm64 - medium:1:2 large:2:4 xlarge:4:8 2xlarge:8:16 4xlarge:16:32 8xlarge:32:64 12xlarge:48:96 16xlarge:64:128
c6gd arm64 - metal:64:128
c6gn arm64 - medium:1:2 large:2:4 xlarge:4:8 2xlarge:8:16 4xlarge:16:32 8xlarge:32:64 12xlarge:48:96
c6gn arm64 - 16xlarge:64:128:0:1:1
c6i x86_64 - large:2:4 xlarge:4:8 2xlarge:8:16 4xlarge:16:32 8xlarge:32:64 12xlarge:48:96 16xlarge:64:128
c6i x86_64 - 24xlarge:96:192 32xlarge:128:256:0:1:1 metal:128:256:0:1:1
c6id x86_64 - large:2:4 xlarge:4:8 2xlarge:8:16 4xlarge:16:32 8xlarge:32:64 12xlarge:48:96 16xlarge:64:128
c6id x86_64 - 24xlarge:96:192 32xlarge:128:256:0:1:1 metal:128:256:0:1:1
c6in x86_64 - large:2:4 xlarge:4:8 2xlarge:8:16 4xlarge:16:32 8xlarge:32:64 12xlarge:48:96 16xlarge:64:128
c6in x86_64 - 24xlarge:96:192 32xlarge:128:256:0:2:2 metal:128:256:0:2:2
c7a x86_64 - medium:1:2 large:2:4 xlarge:4:8 2xlarge:8:16 4xlarge:16:32 8xlarge:32:64 12xlarge:48:96 16xlarge:64:128
c7a x86_64 - 24xlarge:96:192 32xlarge:128:256 48xlarge:192:384:0:1:1 metal-48xl:192:384:0:1:1
c7g arm64 - medium:1:2 large:2:4 xlarge:4:8 2xlarge:8:16 4xlarge:16:32 8xlarge:32:64 12xlarge:48:96
c7g arm64 - 16xlarge:64:128:0:1:1 metal:64:128:0:1:1
c7gd arm64 - medium:1:2 large:2:4 xlarge:4:8 2xlarge:8:16 4xlarge:16:32 8xlarge:32:64 12xlarge:48:96
c7gd arm64 - 16xlarge:64:128:0:1:1 metal:64:128:0:1:1
c7gn arm64 - medium:1:2 large:2:4 xlarge:4:8 2xlarge:8:16 4xlarge:16:32 8xlarge:32:64 12xlarge:48:96
c7gn arm64 - 16xlarge:64:128:0:1:1 metal:64:128:0:1:1
c7i x86_64 - large:2:4 xlarge:4:8 2xlarge:8:16 4xlarge:16:32 8xlarge:32:64 12xlarge:48:96 16xlarge:64:128
c7i x86_64 - 24xlarge:96:192 metal-24xl:96:192 48xlarge:192:384:0:1:1 metal-48xl:192:384:0:1:1
c7i-flex x86_64 - large:2:4 xlarge:4:8 2xlarge:8:16 4xlarge:16:32 8xlarge:32:64 12xlarge:48:96 16xlarge:64:128
c8a x86_64 - medium:1:2 large:2:4 xlarge:4:8 2xlarge:8:16 4xlarge:16:32 8xlarge:32:64 12xlarge:48:96 16xlarge:64:128
c8a x86_64 - 24xlarge:96:192 metal-24xl:96:192 48xlarge:192:384:0:1:1 metal-48xl:192:384:0:1:1
c8g arm64 - medium:1:2 large:2:4 xlarge:4:8 2xlarge:8:16 4xlarge:16:32 8xlarge:32:64 12xlarge:48:96 16xlarge:64:128
c8g arm64 - 24xlarge:96:192:0:1:1 metal-24xl:96:192:0:1:1 48xlarge:192:384:0:1:1 metal-48xl:192:384:0:1:1
c8gb arm64 - medium:1:2 large:2:4 xlarge:4:8 2xlarge:8:16 4xlarge:16:32 8xlarge:32:64 12xlarge:48:96
c8gb arm64 - 16xlarge:64:128:0:1:1 24xlarge:96:192:0:1:1 metal-24xl:96:192:0:1:1 48xlarge:192:384:0:2:2
c8gb arm64 - metal-48xl:192:384:0:2:2
c8gd arm64 - medium:1:2 large:2:4 xlarge:4:8 2xlarge:8:16 4xlarge:16:32 8xlarge:32:64 12xlarge:48:96 16xlarge:64:128
c8gd arm64 - 24xlarge:96:192:0:1:1 metal-24xl:96:192:0:1:1 48xlarge:192:384:0:1:1 metal-48xl:192:384:0:1:1
c8gn arm64 - medium:1:2 large:2:4 xlarge:4:8 2xlarge:8:16 4xlarge:16:32 8xlarge:32:64 12xlarge:48:96
c8gn arm64 - 16xlarge:64:128:0:1:1 24xlarge:96:192:0:1:1 metal-24xl:96:192:0:1:1 48xlarge:192:384:0:2:2
c8gn arm64 - metal-48xl:192:384:0:2:2
c8i x86_64 - large:2:4 xlarge:4:8 2xlarge:8:16 4xlarge:16:32 8xlarge:32:64 12xlarge:48:96 16xlarge:64:128
c8i x86_64 - 24xlarge:96:192 32xlarge:128:256 48xlarge:192:384:0:1:1 metal-48xl:192:384:0:1:1 96xlarge:384:768:0:1:1
c8i x86_64 - metal-96xl:384:768:0:1:1
c8i-flex x86_64 - large:2:4 xlarge:4:8 2xlarge:8:16 4xlarge:16:32 8xlarge:32:64 12xlarge:48:96 16xlarge:64:128
c8ib x86_64 - large:2:4 xlarge:4:8 2xlarge:8:16 4xlarge:16:32 8xlarge:32:64 12xlarge:48:96 16xlarge:64:128
c8ib x86_64 - 24xlarge:96:192 32xlarge:128:256 48xlarge:192:384:0:1:1 metal-48xl:192:384:0:1:1 96xlarge:384:768:0:2:2
c8ib x86_64 - metal-96xl:384:768:0:2:2
c8id x86_64 - large:2:4 xlarge:4:8 2xlarge:8:16 4xlarge:16:32 8xlarge:32:64 12xlarge:48:96 16xlarge:64:128
c8id x86_64 - 24xlarge:96:192 32xlarge:128:256 48xlarge:192:384:0:1:1 metal-48xl:192:384:0:1:1 96xlarge:384:768:0:1:1
c8id x86_64 - metal-96xl:384:768:0:1:1
c8in x86_64 - large:2:4 xlarge:4:8 2xlarge:8:16 4xlarge:16:32 8xlarge:32:64 12xlarge:48:96 16xlarge:64:128
c8in x86_64 - 24xlarge:96:192 32xlarge:128:256 48xlarge:192:384:0:1:1 metal-48xl:192:384:0:1:1 96xlarge:384:768:0:2:2
c8in x86_64 - metal-96xl:384:768:0:2:2
c8ine x86_64 - large:2:4 xlarge:4:8 2xlarge:8:16 4xlarge:16:32 8xlarge:32:64 12xlarge:48:96
c9g arm64 - medium:1:2 large:2:4 xlarge:4:8 2xlarge:8:16 4xlarge:16:32 8xlarge:32:64 12xlarge:48:96 16xlarge:64:128
c9g arm64 - 24xlarge:96:192 48xlarge:192:384:0:1:1 metal-48xl:192:384:0:1:1
c9gd arm64 - medium:1:2 large:2:4 xlarge:4:8 2xlarge:8:16 4xlarge:16:32 8xlarge:32:64 12xlarge:48:96 16xlarge:64:128
c9gd arm64 - 24xlarge:96:192 48xlarge:192:384:0:1:1 metal-48xl:192:384:0:1:1
d2 x86_64 - xlarge:4:30.5 2xlarge:8:61 4xlarge:16:122 8xlarge:36:244
d3 x86_64 - xlarge:4:32 2xlarge:8:64 4xlarge:16:128 8xlarge:32:256
d3en x86_64 - xlarge:4:16 2xlarge:8:32 4xlarge:16:64 6xlarge:24:96 8xlarge:32:128 12xlarge:48:192
dl2q x86_64 - 24xlarge:96:768:0:1:1
f2 x86_64 - 6xlarge:24:256 12xlarge:48:512 48xlarge:192:2048:0:1:1
g4dn x86_64 t4 xlarge:4:16:1:1:0 2xlarge:8:32:1:1:0 4xlarge:16:64:1:1:0 8xlarge:32:128:1:1:1 12xlarge:48:192:4:1:1
g4dn x86_64 t4 16xlarge:64:256:1:1:1 metal:96:384:8:1:1
g5 x86_64 a10g xlarge:4:16:1:1:0 2xlarge:8:32:1:1:0 4xlarge:16:64:1:1:0 8xlarge:32:128:1:1:1 12xlarge:48:192:4:1:1
g5 x86_64 a10g 16xlarge:64:256:1:1:1 24xlarge:96:384:4:1:1 48xlarge:192:768:8:1:1
g5g arm64 t4g xlarge:4:8:1:1:0 2xlarge:8:16:1:1:0 4xlarge:16:32:1:1:0 8xlarge:32:64:1:1:0 16xlarge:64:128:2:1:0
g5g arm64 t4g metal:64:128:2:1:0
g6 x86_64 l4 xlarge:4:16:1:1:0 2xlarge:8:32:1:1:0 4xlarge:16:64:1:1:0 8xlarge:32:128:1:1:1 12xlarge:48:192:4:1:1
g6 x86_64 l4 16xlarge:64:256:1:1:1 24xlarge:96:384:4:1:1 48xlarge:192:768:8:1:1
g6e x86_64 l40s xlarge:4:32:1:1:0 2xlarge:8:64:1:1:0 4xlarge:16:128:1:1:0 8xlarge:32:256:1:1:1 12xlarge:48:384:4:1:1
g6e x86_64 l40s 16xlarge:64:512:1:1:1 24xlarge:96:768:4:2:2 48xlarge:192:1536:8:4:4
g6f x86_64 l4 large:2:8:0.125:1:0 xlarge:4:16:0.125:1:0 2xlarge:8:32:0.25:1:0 4xlarge:16:64:0.5:1:0
g7 x86_64 rtx-pro-4500 2xlarge:8:32:1:1:0 4xlarge:16:64:1:1:0 8xlarge:32:128:1:1:1 12xlarge:48:192:2:1:1
g7 x86_64 rtx-pro-4500 24xlarge:96:384:4:1:1 48xlarge:192:768:8:2:2
g7e x86_64 rtx-pro-6000 2xlarge:8:64:1:1:0 4xlarge:16:128:1:1:0 8xlarge:32:256:1:1:1 12xlarge:48:512:2:1:1
g7e x86_64 rtx-pro-6000 24xlarge:96:1024:4:2:2 48xlarge:192:2048:8:4:4
gr6 x86_64 l4 4xlarge:16:128:1:1:0 8xlarge:32:256:1:1:1
gr6f x86_64 l4 4xlarge:16:128:0.5:1:0
h1 x86_64 - 2xlarge:8:32 4xlarge:16:64 8xlarge:32:128 16xlarge:64:256
hpc6a x86_64 - 48xlarge:96:384:0:1:1
hpc6id x86_64 - 32xlarge:64:1024:0:2:2
hpc7a x86_64 - 12xlarge:24:768:0:2:2 24xlarge:48:768:0:2:2 48xlarge:96:768:0:2:2 96xlarge:192:768:0:2:2
hpc7g arm64 - 4xlarge:16:128:0:1:1 8xlarge:32:128:0:1:1 16xlarge:64:128:0:1:1
hpc8a x86_64 - 96xlarge:192:768:0:2:2
i2 x86_64 - xlarge:4:30.5 2xlarge:8:61 4xlarge:16:122 8xlarge:32:244
i3 x86_64 - large:2:15.25 xlarge:4:30.5 2xlarge:8:61 4xlarge:16:122 8xlarge:32:244 16xlarge:64:488
i3en x86_64 - large:2:16 xlarge:4:32 2xlarge:8:64 3xlarge:12:96 6xlarge:24:192 12xlarge:48:384:0:1:1
i3en x86_64 - 24xlarge:96:768:0:1:1 metal:96:768:0:1:1
i4g arm64 - large:2:16 xlarge:4:32 2xlarge:8:64 4xlarge:16:128 8xlarge:32:256 16xlarge:64:512:0:1:1
i4i x86_64 - large:2:16 xlarge:4:32 2xlarge:8:64 4xlarge:16:128 8xlarge:32:256 12xlarge:48:384 16xlarge:64:512
i4i x86_64 - 24xlarge:96:768 32xlarge:128:1024:0:1:1 metal:128:1024:0:1:1
i7i x86_64 - large:2:16 xlarge:4:32 2xlarge:8:64 4xlarge:16:128 8xlarge:32:256 12xlarge:48:384 16xlarge:64:512
i7i x86_64 - 24xlarge:96:768:0:1:1 metal-24xl:96:768 48xlarge:192:1536:0:1:1 metal-48xl:192:1536:0:1:1
i7ie x86_64 - large:2:16 xlarge:4:32 2xlarge:8:64 3xlarge:12:96 6xlarge:24:192 12xlarge:48:384 18xlarge:72:576
i7ie x86_64 - 24xlarge:96:768 metal-24xl:96:768 48xlarge:192:1536:0:2:1 metal-48xl:192:1536:0:2:1
i8g arm64 - large:2:16 xlarge:4:32 2xlarge:8:64 4xlarge:16:128 8xlarge:32:256 12xlarge:48:384 16xlarge:64:512
i8g arm64 - 24xlarge:96:768 metal-24xl:96:768 48xlarge:192:1536:0:1:1 metal-48xl:192:1536:0:1:1
i8ge arm64 - large:2:16 xlarge:4:32 2xlarge:8:64 3xlarge:12:96 6xlarge:24:192 12xlarge:48:384 18xlarge:72:576
i8ge arm64 - 24xlarge:96:768 metal-24xl:96:768 48xlarge:192:1536:0:2:1 metal-48xl:192:1536:0:2:1
im4gn arm64 - large:2:8 xlarge:4:16 2xlarge:8:32 4xlarge:16:64 8xlarge:32:128 16xlarge:64:256:0:1:1
inf1 x86_64 - xlarge:4:8 2xlarge:8:16 6xlarge:24:48 24xlarge:96:192:0:1:1
inf2 x86_64 - xlarge:4:16 8xlarge:32:128 24xlarge:96:384 48xlarge:192:768
is4gen arm64 - medium:1:6 large:2:12 xlarge:4:24 2xlarge:8:48 4xlarge:16:96 8xlarge:32:192
m1 x86_64 - medium:1:3.69922 small:1:1.69922 large:2:7.5 xlarge:4:15
m2 x86_64 - xlarge:2:17.0996 2xlarge:4:34.1992 4xlarge:8:68.3994
m3 x86_64 - medium:1:3.75 large:2:7.5 xlarge:4:15 2xlarge:8:30
m4 x86_64 - large:2:8 xlarge:4:16 2xlarge:8:32 4xlarge:16:64 10xlarge:40:160 16xlarge:64:256
m5 x86_64 - large:2:8 xlarge:4:16 2xlarge:8:32 4xlarge:16:64 8xlarge:32:128 12xlarge:48:192 16xlarge:64:256
m5 x86_64 - 24xlarge:96:384 metal:96:384
m5a x86_64 - large:2:8 xlarge:4:16 2xlarge:8:32 4xlarge:16:64 8xlarge:32:128 12xlarge:48:192 16xlarge:64:256
m5a x86_64 - 24xlarge:96:384
m5ad x86_64 - large:2:8 xlarge:4:16 2xlarge:8:32 4xlarge:16:64 8xlarge:32:128 12xlarge:48:192 16xlarge:64:256
m5ad x86_64 - 24xlarge:96:384
m5d x86_64 - large:2:8 xlarge:4:16 2xlarge:8:32 4xlarge:16:64 8xlarge:32:128 12xlarge:48:192 16xlarge:64:256
m5d x86_64 - 24xlarge:96:384 metal:96:384
m5dn x86_64 - large:2:8 xlarge:4:16 2xlarge:8:32 4xlarge:16:64 8xlarge:32:128 12xlarge:48:192 16xlarge:64:256
m5dn x86_64 - 24xlarge:96:384:0:1:1 metal:96:384:0:1:1
m5n x86_64 - large:2:8 xlarge:4:16 2xlarge:8:32 4xlarge:16:64 8xlarge:32:128 12xlarge:48:192 16xlarge:64:256
m5n x86_64 - 24xlarge:96:384:0:1:1 metal:96:384:0:1:1
m5zn x86_64 - large:2:8 xlarge:4:16 2xlarge:8:32 3xlarge:12:48 6xlarge:24:96 12xlarge:48:192:0:1:1 metal:48:192:0:1:1
m6a x86_64 - large:2:8 xlarge:4:16 2xlarge:8:32 4xlarge:16:64 8xlarge:32:128 12xlarge:48:192 16xlarge:64:256
m6a x86_64 - 24xlarge:96:384 32xlarge:128:512 48xlarge:192:768:0:1:1 metal:192:768:0:1:1
m6g arm64 - medium:1:4 large:2:8 xlarge:4:16 2xlarge:8:32 4xlarge:16:64 8xlarge:32:128 12xlarge:48:192 16xlarge:64:256
m6g arm64 - metal:64:256
m6gd arm64 - medium:1:4 large:2:8 xlarge:4:16 2xlarge:8:32 4xlarge:16:64 8xlarge:32:128 12xlarge:48:192 16xlarge:64:256
m6gd arm64 - metal:64:256
m6i x86_64 - large:2:8 xlarge:4:16 2xlarge:8:32 4xlarge:16:64 8xlarge:32:128 12xlarge:48:192 16xlarge:64:256
m6i x86_64 - 24xlarge:96:384 32xlarge:128:512:0:1:1 metal:128:512:0:1:1
m6id x86_64 - large:2:8 xlarge:4:16 2xlarge:8:32 4xlarge:16:64 8xlarge:32:128 12xlarge:48:192 16xlarge:64:256
m6id x86_64 - 24xlarge:96:384 32xlarge:128:512:0:1:1 metal:128:512:0:1:1
m6idn x86_64 - large:2:8 xlarge:4:16 2xlarge:8:32 4xlarge:16:64 8xlarge:32:128 12xlarge:48:192 16xlarge:64:256
m6idn x86_64 - 24xlarge:96:384 32xlarge:128:512:0:2:2 metal:128:512:0:2:2
m6in x86_64 - large:2:8 xlarge:4:16 2xlarge:8:32 4xlarge:16:64 8xlarge:32:128 12xlarge:48:192 16xlarge:64:256
m6in x86_64 - 24xlarge:96:384 32xlarge:128:512:0:2:2 metal:128:512:0:2:2
m7a x86_64 - medium:1:4 large:2:8 xlarge:4:16 2xlarge:8:32 4xlarge:16:64 8xlarge:32:128 12xlarge:48:192 16xlarge:64:256
m7a x86_64 - 24xlarge:96:384 32xlarge:128:512 48xlarge:192:768:0:1:1 metal-48xl:192:768:0:1:1
m7g arm64 - medium:1:4 large:2:8 xlarge:4:16 2xlarge:8:32 4xlarge:16:64 8xlarge:32:128 12xlarge:48:192
m7g arm64 - 16xlarge:64:256:0:1:1 metal:64:256:0:1:1
m7gd arm64 - medium:1:4 large:2:8 xlarge:4:16 2xlarge:8:32 4xlarge:16:64 8xlarge:32:128 12xlarge:48:192
m7gd arm64 - 16xlarge:64:256:0:1:1 metal:64:256:0:1:1
m7i x86_64 - large:2:8 xlarge:4:16 2xlarge:8:32 4xlarge:16:64 8xlarge:32:128 12xlarge:48:192 16xlarge:64:256
m7i x86_64 - 24xlarge:96:384 metal-24xl:96:384 48xlarge:192:768:0:1:1 metal-48xl:192:768:0:1:1
m7i-flex x86_64 - large:2:8 xlarge:4:16 2xlarge:8:32 4xlarge:16:64 8xlarge:32:128 12xlarge:48:192 16xlarge:64:256
m8a x86_64 - medium:1:4 large:2:8 xlarge:4:16 2xlarge:8:32 4xlarge:16:64 8xlarge:32:128 12xlarge:48:192 16xlarge:64:256
m8a x86_64 - 24xlarge:96:384 metal-24xl:96:384 48xlarge:192:768:0:1:1 metal-48xl:192:768:0:1:1
m8azn x86_64 - medium:1:4 large:2:8 xlarge:4:16 3xlarge:12:48 6xlarge:24:96 12xlarge:48:192 metal-12xl:48:192
m8azn x86_64 - 24xlarge:96:384:0:1:1 metal-24xl:96:384:0:1:1
m8g arm64 - medium:1:4 large:2:8 xlarge:4:16 2xlarge:8:32 4xlarge:16:64 8xlarge:32:128 12xlarge:48:192 16xlarge:64:256
m8g arm64 - 24xlarge:96:384:0:1:1 metal-24xl:96:384:0:1:1 48xlarge:192:768:0:1:1 metal-48xl:192:768:0:1:1
m8gb arm64 - medium:1:4 large:2:8 xlarge:4:16 2xlarge:8:32 4xlarge:16:64 8xlarge:32:128 12xlarge:48:192
m8gb arm64 - 16xlarge:64:256:0:1:1 24xlarge:96:384:0:1:1 metal-24xl:96:384:0:1:1 48xlarge:192:768:0:2:2
m8gb arm64 - metal-48xl:192:768:0:2:2
m8gd arm64 - medium:1:4 large:2:8 xlarge:4:16 2xlarge:8:32 4xlarge:16:64 8xlarge:32:128 12xlarge:48:192 16xlarge:64:256
m8gd arm64 - 24xlarge:96:384:0:1:1 metal-24xl:96:384:0:1:1 48xlarge:192:768:0:1:1 metal-48xl:192:768:0:1:1
m8gn arm64 - medium:1:4 large:2:8 xlarge:4:16 2xlarge:8:32 4xlarge:16:64 8xlarge:32:128 12xlarge:48:192
m8gn arm64 - 16xlarge:64:256:0:1:1 24xlarge:96:384:0:1:1 metal-24xl:96:384:0:1:1 48xlarge:192:768:0:2:2
m8gn arm64 - metal-48xl:192:768:0:2:2
m8i x86_64 - large:2:8 xlarge:4:16 2xlarge:8:32 4xlarge:16:64 8xlarge:32:128 12xlarge:48:192 16xlarge:64:256
m8i x86_64 - 24xlarge:96:384 32xlarge:128:512 48xlarge:192:768:0:1:1 metal-48xl:192:768:0:1:1 96xlarge:384:1536:0:1:1
m8i x86_64 - metal-96xl:384:1536:0:1:1
m8i-flex x86_64 - large:2:8 xlarge:4:16 2xlarge:8:32 4xlarge:16:64 8xlarge:32:128 12xlarge:48:192 16xlarge:64:256
m8ib x86_64 - large:2:8 xlarge:4:16 2xlarge:8:32 4xlarge:16:64 8xlarge:32:128 12xlarge:48:192 16xlarge:64:256
m8ib x86_64 - 24xlarge:96:384 32xlarge:128:512 48xlarge:192:768:0:1:1 metal-48xl:192:768:0:1:1 96xlarge:384:1536:0:2:2
m8ib x86_64 - metal-96xl:384:1536:0:2:2
m8id x86_64 - large:2:8 xlarge:4:16 2xlarge:8:32 4xlarge:16:64 8xlarge:32:128 12xlarge:48:192 16xlarge:64:256
m8id x86_64 - 24xlarge:96:384 32xlarge:128:512 48xlarge:192:768:0:1:1 metal-48xl:192:768:0:1:1 96xlarge:384:1536:0:1:1
m8id x86_64 - metal-96xl:384:1536:0:1:1
m8idb x86_64 - large:2:8 xlarge:4:16 2xlarge:8:32 4xlarge:16:64 8xlarge:32:128 12xlarge:48:192 16xlarge:64:256
m8idb x86_64 - 24xlarge:96:384 32xlarge:128:512 48xlarge:192:768:0:1:1 metal-48xl:192:768:0:1:1 96xlarge:384:1536:0:2:2
m8idb x86_64 - metal-96xl:384:1536:0:2:2
m8idn x86_64 - large:2:8 xlarge:4:16 2xlarge:8:32 4xlarge:16:64 8xlarge:32:128 12xlarge:48:192 16xlarge:64:256
m8idn x86_64 - 24xlarge:96:384 32xlarge:128:512 48xlarge:192:768:0:1:1 metal-48xl:192:768:0:1:1 96xlarge:384:1536:0:2:2
m8idn x86_64 - metal-96xl:384:1536:0:2:2
m8in x86_64 - large:2:8 xlarge:4:16 2xlarge:8:32 4xlarge:16:64 8xlarge:32:128 12xlarge:48:192 16xlarge:64:256
m8in x86_64 - 24xlarge:96:384 32xlarge:128:512 48xlarge:192:768:0:1:1 metal-48xl:192:768:0:1:1 96xlarge:384:1536:0:2:2
m8in x86_64 - metal-96xl:384:1536:0:2:2
m8ine x86_64 - large:2:8 xlarge:4:16 2xlarge:8:32 4xlarge:16:64 8xlarge:32:128 12xlarge:48:192
m9g arm64 - medium:1:4 large:2:8 xlarge:4:16 2xlarge:8:32 4xlarge:16:64 8xlarge:32:128 12xlarge:48:192 16xlarge:64:256
m9g arm64 - 24xlarge:96:384 48xlarge:192:768:0:1:1 metal-48xl:192:768:0:1:1
m9gd arm64 - medium:1:4 large:2:8 xlarge:4:16 2xlarge:8:32 4xlarge:16:64 8xlarge:32:128 12xlarge:48:192 16xlarge:64:256
m9gd arm64 - 24xlarge:96:384 48xlarge:192:768:0:1:1 metal-48xl:192:768:0:1:1
p3dn x86_64 v100-32gb 24xlarge:96:768:8:1:1
p4d x86_64 a100 24xlarge:96:1152:8:4:4
p4de x86_64 a100-80gb 24xlarge:96:1152:8:4:4
p5 x86_64 h100 4xlarge:16:256:1:1:1 48xlarge:192:2048:8:32:32
p5e x86_64 h200 48xlarge:192:2048:8:32:32
p5en x86_64 h200 48xlarge:192:2048:8:16:16
p6-b200 x86_64 b200 48xlarge:192:2048:8:8:8
p6-b300 x86_64 b300 48xlarge:192:4096:8:17:16
r3 x86_64 - large:2:15 xlarge:4:30.5 2xlarge:8:61 4xlarge:16:122 8xlarge:32:244
r4 x86_64 - large:2:15.25 xlarge:4:30.5 2xlarge:8:61 4xlarge:16:122 8xlarge:32:244 16xlarge:64:488
r5 x86_64 - large:2:16 xlarge:4:32 2xlarge:8:64 4xlarge:16:128 8xlarge:32:256 12xlarge:48:384 16xlarge:64:512
r5 x86_64 - 24xlarge:96:768 metal:96:768
r5a x86_64 - large:2:16 xlarge:4:32 2xlarge:8:64 4xlarge:16:128 8xlarge:32:256 12xlarge:48:384 16xlarge:64:512
r5a x86_64 - 24xlarge:96:768
r5ad x86_64 - large:2:16 xlarge:4:32 2xlarge:8:64 4xlarge:16:128 8xlarge:32:256 12xlarge:48:384 16xlarge:64:512
r5ad x86_64 - 24xlarge:96:768
r5b x86_64 - large:2:16 xlarge:4:32 2xlarge:8:64 4xlarge:16:128 8xlarge:32:256 12xlarge:48:384 16xlarge:64:512
r5b x86_64 - 24xlarge:96:768 metal:96:768
r5d x86_64 - large:2:16 xlarge:4:32 2xlarge:8:64 4xlarge:16:128 8xlarge:32:256 12xlarge:48:384 16xlarge:64:512
r5d x86_64 - 24xlarge:96:768 metal:96:768
r5dn x86_64 - large:2:16 xlarge:4:32 2xlarge:8:64 4xlarge:16:128 8xlarge:32:256 12xlarge:48:384 16xlarge:64:512
r5dn x86_64 - 24xlarge:96:768:0:1:1 metal:96:768:0:1:1
r5n x86_64 - large:2:16 xlarge:4:32 2xlarge:8:64 4xlarge:16:128 8xlarge:32:256 12xlarge:48:384 16xlarge:64:512
r5n x86_64 - 24xlarge:96:768:0:1:1 metal:96:768:0:1:1
r6a x86_64 - large:2:16 xlarge:4:32 2xlarge:8:64 4xlarge:16:128 8xlarge:32:256 12xlarge:48:384 16xlarge:64:512
r6a x86_64 - 24xlarge:96:768 32xlarge:128:1024 48xlarge:192:1536:0:1:1 metal:192:1536:0:1:1
r6g arm64 - medium:1:8 large:2:16 xlarge:4:32 2xlarge:8:64 4xlarge:16:128 8xlarge:32:256 12xlarge:48:384 16xlarge:64:512
r6g arm64 - metal:64:512
r6gd arm64 - medium:1:8 large:2:16 xlarge:4:32 2xlarge:8:64 4xlarge:16:128 8xlarge:32:256 12xlarge:48:384
r6gd arm64 - 16xlarge:64:512 metal:64:512
r6i x86_64 - large:2:16 xlarge:4:32 2xlarge:8:64 4xlarge:16:128 8xlarge:32:256 12xlarge:48:384 16xlarge:64:512
r6i x86_64 - 24xlarge:96:768 32xlarge:128:1024:0:1:1 metal:128:1024:0:1:1
r6id x86_64 - large:2:16 xlarge:4:32 2xlarge:8:64 4xlarge:16:128 8xlarge:32:256 12xlarge:48:384 16xlarge:64:512
r6id x86_64 - 24xlarge:96:768 32xlarge:128:1024:0:1:1 metal:128:1024:0:1:1
r6idn x86_64 - large:2:16 xlarge:4:32 2xlarge:8:64 4xlarge:16:128 8xlarge:32:256 12xlarge:48:384 16xlarge:64:512
r6idn x86_64 - 24xlarge:96:768 32xlarge:128:1024:0:2:2 metal:128:1024:0:2:2
r6in x86_64 - large:2:16 xlarge:4:32 2xlarge:8:64 4xlarge:16:128 8xlarge:32:256 12xlarge:48:384 16xlarge:64:512
r6in x86_64 - 24xlarge:96:768 32xlarge:128:1024:0:2:2 metal:128:1024:0:2:2
r7a x86_64 - medium:1:8 large:2:16 xlarge:4:32 2xlarge:8:64 4xlarge:16:128 8xlarge:32:256 12xlarge:48:384
r7a x86_64 - 16xlarge:64:512 24xlarge:96:768 32xlarge:128:1024 48xlarge:192:1536:0:1:1 metal-48xl:192:1536:0:1:1
r7g arm64 - medium:1:8 large:2:16 xlarge:4:32 2xlarge:8:64 4xlarge:16:128 8xlarge:32:256 12xlarge:48:384
r7g arm64 - 16xlarge:64:512:0:1:1 metal:64:512:0:1:1
r7gd arm64 - medium:1:8 large:2:16 xlarge:4:32 2xlarge:8:64 4xlarge:16:128 8xlarge:32:256 12xlarge:48:384
r7gd arm64 - 16xlarge:64:512:0:1:1 metal:64:512:0:1:1
r7i x86_64 - large:2:16 xlarge:4:32 2xlarge:8:64 4xlarge:16:128 8xlarge:32:256 12xlarge:48:384 16xlarge:64:512
r7i x86_64 - 24xlarge:96:768 metal-24xl:96:768 48xlarge:192:1536:0:1:1 metal-48xl:192:1536:0:1:1
r7iz x86_64 - large:2:16 xlarge:4:32 2xlarge:8:64 4xlarge:16:128 8xlarge:32:256 12xlarge:48:384 16xlarge:64:512
r7iz x86_64 - metal-16xl:64:512 32xlarge:128:1024:0:1:1 metal-32xl:128:1024:0:1:1
r8a x86_64 - medium:1:8 large:2:16 xlarge:4:32 2xlarge:8:64 4xlarge:16:128 8xlarge:32:256 12xlarge:48:384
r8a x86_64 - 16xlarge:64:512 24xlarge:96:768 metal-24xl:96:768 48xlarge:192:1536:0:1:1 metal-48xl:192:1536:0:1:1
r8g arm64 - medium:1:8 large:2:16 xlarge:4:32 2xlarge:8:64 4xlarge:16:128 8xlarge:32:256 12xlarge:48:384 16xlarge:64:512
r8g arm64 - 24xlarge:96:768:0:1:1 metal-24xl:96:768:0:1:1 48xlarge:192:1536:0:1:1 metal-48xl:192:1536:0:1:1
r8gb arm64 - medium:1:8 large:2:16 xlarge:4:32 2xlarge:8:64 4xlarge:16:128 8xlarge:32:256 12xlarge:48:384
r8gb arm64 - 16xlarge:64:512:0:1:1 24xlarge:96:768:0:1:1 metal-24xl:96:768:0:1:1 48xlarge:192:1536:0:2:2
r8gb arm64 - metal-48xl:192:1536:0:2:2
r8gd arm64 - medium:1:8 large:2:16 xlarge:4:32 2xlarge:8:64 4xlarge:16:128 8xlarge:32:256 12xlarge:48:384
r8gd arm64 - 16xlarge:64:512 24xlarge:96:768:0:1:1 metal-24xl:96:768:0:1:1 48xlarge:192:1536:0:1:1
r8gd arm64 - metal-48xl:192:1536:0:1:1
r8gn arm64 - medium:1:8 large:2:16 xlarge:4:32 2xlarge:8:64 4xlarge:16:128 8xlarge:32:256 12xlarge:48:384
r8gn arm64 - 16xlarge:64:512:0:1:1 24xlarge:96:768:0:1:1 metal-24xl:96:768:0:1:1 48xlarge:192:1536:0:2:2
r8gn arm64 - metal-48xl:192:1536:0:2:2
r8i x86_64 - large:2:16 xlarge:4:32 2xlarge:8:64 4xlarge:16:128 8xlarge:32:256 12xlarge:48:384 16xlarge:64:512
r8i x86_64 - 24xlarge:96:768 32xlarge:128:1024 48xlarge:192:1536:0:1:1 metal-48xl:192:1536:0:1:1 96xlarge:384:3072:0:1:1
r8i x86_64 - metal-96xl:384:3072:0:1:1
r8i-flex x86_64 - large:2:16 xlarge:4:32 2xlarge:8:64 4xlarge:16:128 8xlarge:32:256 12xlarge:48:384 16xlarge:64:512
r8ib x86_64 - large:2:16 xlarge:4:32 2xlarge:8:64 4xlarge:16:128 8xlarge:32:256 12xlarge:48:384 16xlarge:64:512
r8ib x86_64 - 24xlarge:96:768 32xlarge:128:1024 48xlarge:192:1536:0:1:1 metal-48xl:192:1536:0:1:1
r8ib x86_64 - 96xlarge:384:3072:0:2:2 metal-96xl:384:3072:0:2:2
r8id x86_64 - large:2:16 xlarge:4:32 2xlarge:8:64 4xlarge:16:128 8xlarge:32:256 12xlarge:48:384 16xlarge:64:512
r8id x86_64 - 24xlarge:96:768 32xlarge:128:1024 48xlarge:192:1536:0:1:1 metal-48xl:192:1536:0:1:1
r8id x86_64 - 96xlarge:384:3072:0:1:1 metal-96xl:384:3072:0:1:1
r8idb x86_64 - large:2:16 xlarge:4:32 2xlarge:8:64 4xlarge:16:128 8xlarge:32:256 12xlarge:48:384 16xlarge:64:512
r8idb x86_64 - 24xlarge:96:768 32xlarge:128:1024 48xlarge:192:1536:0:1:1 metal-48xl:192:1536:0:1:1
r8idb x86_64 - 96xlarge:384:3072:0:2:2 metal-96xl:384:3072:0:2:2
r8idn x86_64 - large:2:16 xlarge:4:32 2xlarge:8:64 4xlarge:16:128 8xlarge:32:256 12xlarge:48:384 16xlarge:64:512
r8idn x86_64 - 24xlarge:96:768 32xlarge:128:1024 48xlarge:192:1536:0:1:1 metal-48xl:192:1536:0:1:1
r8idn x86_64 - 96xlarge:384:3072:0:2:2 metal-96xl:384:3072:0:2:2
r8in x86_64 - large:2:16 xlarge:4:32 2xlarge:8:64 4xlarge:16:128 8xlarge:32:256 12xlarge:48:384 16xlarge:64:512
r8in x86_64 - 24xlarge:96:768 32xlarge:128:1024 48xlarge:192:1536:0:1:1 metal-48xl:192:1536:0:1:1
r8in x86_64 - 96xlarge:384:3072:0:2:2 metal-96xl:384:3072:0:2:2
r9g arm64 - medium:1:8 large:2:16 xlarge:4:32 2xlarge:8:64 4xlarge:16:128 8xlarge:32:256 12xlarge:48:384 16xlarge:64:512
r9g arm64 - 24xlarge:96:768 48xlarge:192:1536:0:1:1 metal-48xl:192:1536:0:1:1
r9gd arm64 - medium:1:8 large:2:16 xlarge:4:32 2xlarge:8:64 4xlarge:16:128 8xlarge:32:256 12xlarge:48:384
r9gd arm64 - 16xlarge:64:512 24xlarge:96:768 48xlarge:192:1536:0:1:1 metal-48xl:192:1536:0:1:1
t1 x86_64 - micro:1:0.612305
t2 x86_64 - micro:1:1 nano:1:0.5 small:1:2 large:2:8 medium:2:4 xlarge:4:16 2xlarge:8:32
t3 x86_64 - large:2:8 medium:2:4 micro:2:1 nano:2:0.5 small:2:2 xlarge:4:16 2xlarge:8:32
t3a x86_64 - large:2:8 medium:2:4 micro:2:1 nano:2:0.5 small:2:2 xlarge:4:16 2xlarge:8:32
t4g arm64 - large:2:8 medium:2:4 micro:2:1 nano:2:0.5 small:2:2 xlarge:4:16 2xlarge:8:32
t8i x86_64 - medium:2:4 micro:2:1 nano:2:0.5 small:2:2
trn1 x86_64 - 2xlarge:8:32 32xlarge:128:512:0:8:8
trn1n x86_64 - 32xlarge:128:512:0:16:16
trn2 x86_64 - 3xlarge:12:128:0:1:1 48xlarge:192:2048:0:16:16
trn2u x86_64 - 48xlarge:192:2048:0:16:16
u-3tb1 x86_64 - 56xlarge:224:3072
u-6tb1 x86_64 - 56xlarge:224:6144 112xlarge:448:6144
u7i-12tb x86_64 - 224xlarge:896:12288:0:1:1
u7i-6tb x86_64 - 112xlarge:448:6144:0:1:1
u7i-8tb x86_64 - 112xlarge:448:8192:0:1:1
u7in-16tb x86_64 - 224xlarge:896:16384:0:2:2
u7in-24tb x86_64 - 224xlarge:896:24576:0:2:2
u7in-32tb x86_64 - 224xlarge:896:32768:0:2:2
vt1 x86_64 - 3xlarge:12:24 6xlarge:24:48 24xlarge:96:192:0:1:1
x1 x86_64 - 16xlarge:64:976 32xlarge:128:1952
x1e x86_64 - xlarge:4:122 2xlarge:8:244 4xlarge:16:488 8xlarge:32:976 16xlarge:64:1952 32xlarge:128:3904
x2gd arm64 - medium:1:16 large:2:32 xlarge:4:64 2xlarge:8:128 4xlarge:16:256 8xlarge:32:512 12xlarge:48:768
x2gd arm64 - 16xlarge:64:1024 metal:64:1024
x2idn x86_64 - 16xlarge:64:1024 24xlarge:96:1536 32xlarge:128:2048:0:1:1 metal:128:2048:0:1:1
x2iedn x86_64 - xlarge:4:128 2xlarge:8:256 4xlarge:16:512 8xlarge:32:1024 16xlarge:64:2048 24xlarge:96:3072
x2iedn x86_64 - 32xlarge:128:4096:0:1:1 metal:128:4096:0:1:1
x2iezn x86_64 - 2xlarge:8:256 4xlarge:16:512 6xlarge:24:768 8xlarge:32:1024 12xlarge:48:1536:0:1:1 metal:48:1536:0:1:1
x8aedz x86_64 - large:2:64 xlarge:4:128 3xlarge:12:384 6xlarge:24:768 12xlarge:48:1536 metal-12xl:48:1536
x8aedz x86_64 - 24xlarge:96:3072:0:1:1 metal-24xl:96:3072:0:1:1
x8g arm64 - medium:1:16 large:2:32 xlarge:4:64 2xlarge:8:128 4xlarge:16:256 8xlarge:32:512 12xlarge:48:768
x8g arm64 - 16xlarge:64:1024 24xlarge:96:1536:0:1:1 metal-24xl:96:1536:0:1:1 48xlarge:192:3072:0:1:1
x8g arm64 - metal-48xl:192:3072:0:1:1
x8i x86_64 - large:2:32 xlarge:4:64 2xlarge:8:128 4xlarge:16:256 8xlarge:32:512 12xlarge:48:768 16xlarge:64:1024
x8i x86_64 - 24xlarge:96:1536 32xlarge:128:2048 48xlarge:192:3072:0:1:1 metal-48xl:192:3072:0:1:1
x8i x86_64 - 64xlarge:256:4096:0:1:1 96xlarge:384:6144:0:1:1 metal-96xl:384:6144:0:1:1
z1d x86_64 - large:2:16 xlarge:4:32 2xlarge:8:64 3xlarge:12:96 6xlarge:24:192 12xlarge:48:384 metal:48:384
"""
