"""A shop for spare parts that carries the widget: somebody else's web site, on an address of its own."""

from cti_server.demo_shop.site import SHOP_KEY as SHOP_KEY
from cti_server.demo_shop.site import load_shop as load_shop
from cti_server.demo_shop.site import shop_app as shop_app
from cti_server.demo_shop.site import shop_origins as shop_origins
