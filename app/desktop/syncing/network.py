"""Hears when this computer gets a network. Where the system cannot say, it looks itself. Nothing is sent for it."""

from PySide6.QtCore import QObject, QTimer, Signal
from PySide6.QtNetwork import QNetworkInformation, QNetworkInterface

LOOK_MS = 15_000
_UP = QNetworkInterface.InterfaceFlag.IsUp | QNetworkInterface.InterfaceFlag.IsRunning
_LOOPBACK = QNetworkInterface.InterfaceFlag.IsLoopBack


class Network(QObject):
    """`came` once a network is there that was not; `is_there` as last seen."""

    came = Signal()

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._timer = QTimer(self)
        self._timer.setInterval(LOOK_MS)
        self._timer.timeout.connect(self.look)
        self._system = _system()
        if self._system is None:
            self._timer.start()
        else:
            self._system.reachabilityChanged.connect(self.look)
        self.is_there = self._seen()

    def look(self, _reach: object = None) -> None:
        before, self.is_there = self.is_there, self._seen()
        if self.is_there and not before:
            self.came.emit()

    def leave(self) -> None:
        """Listen no more: the system's own voice outlives us."""
        self._timer.stop()
        if self._system is not None:
            self._system.reachabilityChanged.disconnect(self.look)
            self._system = None

    def _seen(self) -> bool:
        if self._system is not None:
            return self._system.reachability() != QNetworkInformation.Reachability.Disconnected
        return any(_carries(each) for each in QNetworkInterface.allInterfaces())


def _system() -> QNetworkInformation | None:
    """What the system tells of its network; None where it does not."""
    reach = QNetworkInformation.Feature.Reachability
    if not QNetworkInformation.loadBackendByFeatures(reach):
        return None
    return QNetworkInformation.instance()


def _carries(one: QNetworkInterface) -> bool:
    flags = one.flags()
    return (flags & _UP) == _UP and not flags & _LOOPBACK and bool(one.addressEntries())
