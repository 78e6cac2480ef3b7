# SPDX-License-Identifier: LGPL-2.1-or-later
from gi.repository import Qs as Qs
from gi.repository.Qs import *
