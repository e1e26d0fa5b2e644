"""The sizes of VMs that the sandbox offers, in families.

Sources, read 2026-11-23: MicrosoftDocs/azure-compute-docs (vCPUs, memory, GPUs, generations, accelerated networking,
trusted launch); names of quota families from recorded usages and from Microsoft's quota pages. Where a family is to be
had is the sandbox's own choice: no GPU is in every zone, and some are not in every region.

A line is: quota-family generations architecture flags places, then size:vCPUs:GiB[:GPUs] of each size.
flags: a accelerated networking, t trusted launch, s spot, - none. places: region=zones, `*` all regions with all zones.
"""

from __future__ import annotations

TABLE = """
standardDSv5Family V1,V2 x64 ats * D2s_v5:2:8 D4s_v5:4:16 D8s_v5:8:32 D16s_v5:16:64 D32s_v5:32:128 D48s_v5:48:192 D64s_v5:64:256 D96s_v5:96:384
standardDDSv5Family V1,V2 x64 ats * D2ds_v5:2:8 D4ds_v5:4:16 D8ds_v5:8:32 D16ds_v5:16:64 D32ds_v5:32:128 D48ds_v5:48:192 D64ds_v5:64:256 D96ds_v5:96:384
standardDASv5Family V1,V2 x64 ats * D2as_v5:2:8 D4as_v5:4:16 D8as_v5:8:32 D16as_v5:16:64 D32as_v5:32:128 D48as_v5:48:192 D64as_v5:64:256 D96as_v5:96:384
standardDPSv5Family V2 Arm64 as * D2ps_v5:2:8 D4ps_v5:4:16 D8ps_v5:8:32 D16ps_v5:16:64 D32ps_v5:32:128 D48ps_v5:48:192 D64ps_v5:64:208
standardESv5Family V1,V2 x64 ats * E2s_v5:2:16 E4s_v5:4:32 E8s_v5:8:64 E16s_v5:16:128 E20s_v5:20:160 E32s_v5:32:256 E48s_v5:48:384 E64s_v5:64:512 E96s_v5:96:672
standardEASv5Family V1,V2 x64 ats * E2as_v5:2:16 E4as_v5:4:32 E8as_v5:8:64 E16as_v5:16:128 E20as_v5:20:160 E32as_v5:32:256 E48as_v5:48:384 E64as_v5:64:512 E96as_v5:96:672
standardFSv2Family V1,V2 x64 ats * F2s_v2:2:4 F4s_v2:4:8 F8s_v2:8:16 F16s_v2:16:32 F32s_v2:32:64 F48s_v2:48:96 F64s_v2:64:128 F72s_v2:72:144
standardBSFamily V1,V2 x64 ts * B1s:1:1 B1ms:1:2 B2s:2:4
standardBSFamily V1,V2 x64 ats * B2ms:2:8 B4ms:4:16 B8ms:8:32
standardDSv2Family V1,V2 x64 ats * DS1_v2:1:3.5 DS2_v2:2:7 DS3_v2:4:14 DS4_v2:8:28 DS5_v2:16:56
StandardNCASv3_T4Family V1,V2 x64 ats eastus=123,westeurope=12,southcentralus=123,westus2=12,swedencentral=123,uksouth=1 NC4as_T4_v3:4:28:1 NC8as_T4_v3:8:56:1 NC16as_T4_v3:16:110:1 NC64as_T4_v3:64:440:4
StandardNCADSA100v4Family V2 x64 ats eastus=23,westeurope=12,southcentralus=13,swedencentral=23 NC24ads_A100_v4:24:220:1 NC48ads_A100_v4:48:440:2 NC96ads_A100_v4:96:880:4
StandardNCADSH100v5Family V2 x64 ats eastus=13,southcentralus=12,swedencentral=1 NC40ads_H100_v5:40:320:1 NC80adis_H100_v5:80:640:2
StandardNVADSA10v5Family V1,V2 x64 ats eastus=123,westeurope=123,southcentralus=123,westus3=1 NV6ads_A10_v5:6:55:1 NV12ads_A10_v5:12:110:1 NV18ads_A10_v5:18:220:1 NV36ads_A10_v5:36:440:1 NV36adms_A10_v5:36:880:1 NV72ads_A10_v5:72:880:2
StandardNCDSRTXPRO6000v6Family V2 x64 as eastus=2,southcentralus=1,westus3=1 NC128ds_xl_RTXPRO6000BSE_v6:128:512:1 NC128lds_xl_RTXPRO6000BSE_v6:128:256:1 NC256ds_xl_RTXPRO6000BSE_v6:256:1024:2 NC256lds_xl_RTXPRO6000BSE_v6:256:512:2 NC320ds_xl_RTXPRO6000BSE_v6:320:1280:2 NC320lds_xl_RTXPRO6000BSE_v6:320:640:2
StandardNDASv4_A100Family V2 x64 as eastus=1,southcentralus=1,westeurope=2 ND96asr_v4:96:900:8
StandardNDAMSv4_A100Family V2 x64 as eastus=1,southcentralus=1 ND96amsr_A100_v4:96:1900:8
standardNDSH100v5Family V2 x64 ats eastus=2,southcentralus=2,westeurope=1 ND96isr_H100_v5:96:1900:8
standardNDISRH200V5Family V2 x64 ats eastus=3,southcentralus=3 ND96isr_H200_v5:96:1850:8
standardNDGB200V6Family V2 Arm64 a southcentralus=1 ND128isr_NDR_GB200_v6:128:900:4
"""

#: {size: {region: zones}} that this subscription may not use, though the region has them; no zones: the whole region.
RESTRICTED = {
    "Standard_ND96isr_H100_v5": {"westeurope": ""},
    "Standard_NC48ads_A100_v4": {"eastus": "3"},
}
