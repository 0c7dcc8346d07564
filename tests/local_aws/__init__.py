# Copyright: Contributors to the landing_zone.aws_admin collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""IAM, STS and Organizations on a loopback port: moto's server, made to behave as AWS does where moto does not."""
