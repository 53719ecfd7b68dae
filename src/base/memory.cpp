// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the rigsetup authors
#include <malloc.h>

#include <rigsetup/base/memory.hpp>

namespace rigsetup {

void give_memory_back() {
  // A sanitizer has an allocator of its own. glibc's then sets itself up in the first malloc_trim, and two
  // threads in there at once end the program (glibc 2.36).
#if !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__)
  malloc_trim(0);
#endif
}

}  // namespace rigsetup
