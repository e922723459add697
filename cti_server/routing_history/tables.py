"""Images of the floor, so that its past can be folded without beginning at the first event."""

from sqlalchemy import BigInteger, LargeBinary
from sqlalchemy.orm import Mapped, mapped_column

from cti_server.store.base import Base


class FloorImage(Base):
    """The floor right after event `seq`, as `images` wrote it: compressed JSON of `shape`. The journal is the truth."""

    __tablename__ = "floor_images"

    seq: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    shape: Mapped[str]
    image: Mapped[bytes] = mapped_column(LargeBinary)
