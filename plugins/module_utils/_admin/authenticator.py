# Copyright: Contributors to the landing_zone.aws_admin collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What authenticator apps show and scan: codes (RFC 6238) and QR codes, by the libraries pyotp and segno."""

from __future__ import annotations

try:
    import pyotp
    import segno

    MISSING_LIBRARY = None
except ImportError as error:
    MISSING_LIBRARY = error.name

from .errors import AdminError


def check_libraries() -> None:
    """Raise AdminError where a library is missing."""
    if MISSING_LIBRARY:
        raise AdminError(f"The Python library {MISSING_LIBRARY} is missing: pip install {MISSING_LIBRARY}.")


def totp(seed: str) -> pyotp.TOTP:
    """Return what knows the codes of a seed (Base32); raise AdminError where a library is missing."""
    check_libraries()
    return pyotp.TOTP(seed)


def qr_code(uri: str) -> segno.QRCode:
    """Return the QR code of an otpauth URI; raise AdminError where a library is missing."""
    check_libraries()
    return segno.make(uri, micro=False)
