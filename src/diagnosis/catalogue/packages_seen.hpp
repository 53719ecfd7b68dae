// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the rigsetup authors
#pragma once

#include "diagnosis/catalogue/seen.hpp"

/// What apt's and dpkg's files show.
namespace rigsetup::diagnosis {

Seen half_states(const Signs& signs);
Seen two_keys_for_one_place(const Signs& signs);
Seen old_key(const Signs& signs);
Seen machine_learning_repository(const Signs& signs);
Seen two_origins(const Signs& signs);
Seen two_drivers(const Signs& signs);
Seen metas_with_a_driver(const Signs& signs);
Seen little_room_in_boot(const Signs& signs);
Seen run_file_left(const Signs& signs);

}  // namespace rigsetup::diagnosis
