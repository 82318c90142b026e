# SPDX-License-Identifier: Apache-2.0
"""The modules behind make_models.py: one per kind of golden file."""
