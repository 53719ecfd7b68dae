// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the rigsetup authors
#pragma once

#include "compat/row.hpp"

namespace rigsetup::compat {

// One function a section: reads the row of this key into the tables if it is sound.

// read_device.cpp
void read_modules(const std::string& key, Row& row, Tables& tables);
void read_capability(const std::string& key, Row& row, Tables& tables);
void read_names(const std::string& key, Row& row, Tables& tables);
// read_release.cpp
void read_branch(const std::string& key, Row& row, Tables& tables);
void read_word(const std::string& key, Row& row, Tables& tables);
void read_cuda_major(const std::string& key, Row& row, Tables& tables);
void read_cuda(const std::string& key, Row& row, Tables& tables);
void read_cudnn(const std::string& key, Row& row, Tables& tables);
// read_platform.cpp
void read_platform(const std::string& key, Row& row, Tables& tables);
// read_framework.cpp
void read_framework(const std::string& key, Row& row, Tables& tables);
// clients.cpp
void read_micromamba(const std::string& key, Row& row, Tables& tables);
void read_miniforge(const std::string& key, Row& row, Tables& tables);

}  // namespace rigsetup::compat
