"""Django looks for a model here; one noun, one file."""

from apps.authentication.models.added_devices import AdditionState, ArrivingDevice, DeviceAddition, ShownCode
from apps.authentication.models.login_flows import LoginFlow, ProviderSignIn
from apps.authentication.models.logout_notices import LogoutNotice
from apps.authentication.models.one_time_codes import CodeAllowance, OneTimeCode, Recovery, WrongCodes
from apps.authentication.models.sessions import KeptAct, KeptForm, Session

__all__ = [
    "AdditionState",
    "ArrivingDevice",
    "CodeAllowance",
    "DeviceAddition",
    "KeptAct",
    "KeptForm",
    "LoginFlow",
    "LogoutNotice",
    "OneTimeCode",
    "ProviderSignIn",
    "Recovery",
    "Session",
    "ShownCode",
    "WrongCodes",
]
