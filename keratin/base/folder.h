// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

namespace keratin {

/// Makes a folder and those above it where they are missing; throws FileError that names it.
void make_folder(const std::string& path);

/// Makes the folder that a file is to lie in.
void make_parent_folder(const std::string& path);

}  // namespace keratin
