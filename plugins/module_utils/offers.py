# Copyright: (c) 2026, aienv.cloud contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The offers of all clouds: the one answer of the module and the lookup vm_offers, and the only file that knows every cloud."""

from __future__ import annotations

import datetime
from collections.abc import Mapping
from typing import Any

from .clouds.aws.catalog import CATALOG as AWS
from .clouds.azure.catalog import CATALOG as AZURE
from .clouds.gcp.catalog import CATALOG as GCP
from .clouds.interface import Query
from .model.catalog import Catalog
from .model.offer import offer_result
from .model.offer_request import OfferOptions, choose

CATALOGS: Mapping[str, Catalog] = {"aws": AWS, "azure": AZURE, "gcp": GCP}


def answer(asked: OfferOptions) -> dict[str, Any]:
    """The offers as users see them, the reasons for the others, and the memory that the model needs. Raises CloudError."""
    catalogs = [CATALOGS[cloud] for cloud in dict.fromkeys(asked.clouds)]
    asked.verify_regions([region for catalog in catalogs for region in catalog.prices.regions])
    choice = choose((offer for catalog in catalogs for offer in catalog.offers(asked.markets)), asked)
    choice = choice.cut(asked.limit)
    today = datetime.datetime.now(datetime.UTC).date()
    return {
        "offers": [offer_result(offer, asked.count, today) for offer in choice.offers],
        "left_out": dict(sorted(choice.left_out.items())),
        "need": asked.memory_need.result() if asked.memory_need else None,
    }


QUERY = Query(OfferOptions, answer)
