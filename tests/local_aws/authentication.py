# Copyright: Contributors to the landing_zone.aws_admin collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""MFA codes as AWS checks them (RFC 6238): two that follow each other, each of them once."""

from __future__ import annotations

import io
import time

import pyotp
import segno
from moto.iam.exceptions import IAMException

STEP = 30  # seconds
# AWS documents no window. This one is wide, so that only what is wrong is refused, and nothing because it came late.
_WINDOW = 10  # steps


def qr_code_png(seed: str, user_name: str, account_id: str) -> bytes:
    """Return the QR code that AWS draws: its label does not tell two accounts of one user name apart."""
    uri = pyotp.TOTP(seed).provisioning_uri(name=f"{user_name}@{account_id}", issuer_name="Amazon Web Services")
    png = io.BytesIO()
    segno.make(uri, micro=False).save(png, kind="png", scale=4)
    return png.getvalue()


def check_code(seed: str, code: str, last_step: int) -> int:
    """Return the step of a code; refuse one that does not fit, or is not later than `last_step`."""
    now = int(time.time()) // STEP
    for step in range(max(now - _WINDOW, last_step + 1), now + _WINDOW):
        if pyotp.TOTP(seed).generate_otp(step) == code:
            return step
    message = "MultiFactorAuthentication failed with invalid MFA one time pass code."
    raise IAMException("AccessDenied", message)


def check_codes(seed: str, first: str, following: str, last_step: int) -> int:
    """Return the step of the second code; refuse codes that do not follow each other, or that were used already.

    `last_step` is the step of the last code that was used, 0 for none.
    """
    totp = pyotp.TOTP(seed)
    now = int(time.time()) // STEP
    for step in range(max(now - _WINDOW, last_step + 1), now + _WINDOW):
        if (totp.generate_otp(step), totp.generate_otp(step + 1)) == (first, following):
            return step + 1
    raise IAMException("InvalidAuthenticationCode", "Authentication code for device is not valid.")
