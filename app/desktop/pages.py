"""Which pages there are, in the order of the rail, and the keys that open one from anywhere."""

from app.desktop.cases.page import CasesPage
from app.desktop.desk import Desk
from app.desktop.entry.page import EntryPage
from app.desktop.frame.pages import GlobalKey, Page
from app.desktop.settings.page import SettingsPage
from app.desktop.stock.page import StockPage
from app.desktop.syncing.page import SyncingPage
from app.desktop.today.page import TodayPage

KEYS = (
    GlobalKey("F2", "entry"),
    GlobalKey("F3", "stock", "hand_out"),
    GlobalKey("F4", "stock", "count"),
)


def build_pages(desk: Desk) -> list[Page]:
    return [
        TodayPage(desk),
        EntryPage(desk),
        CasesPage(desk),
        StockPage(desk),
        SyncingPage(desk),
        SettingsPage(desk),
    ]
