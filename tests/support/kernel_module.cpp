// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the rigsetup authors
#include "tests/support/kernel_module.hpp"

#include <cstdint>
#include <initializer_list>

#include <elf.h>

namespace rigsetup::test {
namespace {

template <class T>
void append(std::string& bytes, const T& structure) {
  bytes.append(reinterpret_cast<const char*>(&structure), sizeof structure);
}

/// include/linux/module_signature.h, id type PKEY_ID_X509: the signer's name stands before the key's id.
std::string signature(const std::string& signer) {
  const std::string key_id(20, '\x5a');
  const std::string made(64, '\x77');
  std::string bytes = signer + key_id + made;
  const unsigned char head[] = {1 /* RSA */,
                                6 /* SHA-512 */,
                                1 /* X.509 */,
                                static_cast<unsigned char>(signer.size()),
                                static_cast<unsigned char>(key_id.size()),
                                0,
                                0,
                                0};
  append(bytes, head);
  for (const int shift : {24, 16, 8, 0}) bytes += static_cast<char>((made.size() >> shift) & 0xff);
  return bytes + "~Module signature appended~\n";
}

}  // namespace

std::string kernel_module(const std::string& kernel, const std::string& version, const std::string& license,
                          const std::string& signer) {
  std::string info;
  for (const std::string& line : {"version=" + version, "license=" + license, std::string("name=nvidia"),
                                  "vermagic=" + kernel + " SMP preempt mod_unload modversions "}) {
    info += line + '\0';
  }
  const std::string names("\0.modinfo\0.shstrtab\0", 20);
  Elf64_Ehdr header = {};
  for (int i = 0; i < SELFMAG; ++i) header.e_ident[i] = static_cast<unsigned char>(ELFMAG[i]);
  header.e_ident[EI_CLASS] = ELFCLASS64;
  header.e_ident[EI_DATA] = ELFDATA2LSB;
  header.e_ident[EI_VERSION] = EV_CURRENT;
  header.e_type = ET_REL;
  header.e_machine = EM_X86_64;
  header.e_version = EV_CURRENT;
  header.e_ehsize = sizeof header;
  header.e_shentsize = sizeof(Elf64_Shdr);
  header.e_shnum = 3;
  header.e_shstrndx = 2;
  Elf64_Shdr modinfo = {};
  modinfo.sh_name = 1;
  modinfo.sh_type = SHT_PROGBITS;
  modinfo.sh_flags = SHF_ALLOC;
  modinfo.sh_offset = sizeof header;
  modinfo.sh_size = info.size();
  modinfo.sh_addralign = 1;
  Elf64_Shdr strings = {};
  strings.sh_name = 10;
  strings.sh_type = SHT_STRTAB;
  strings.sh_offset = modinfo.sh_offset + info.size();
  strings.sh_size = names.size();
  strings.sh_addralign = 1;
  header.e_shoff = (strings.sh_offset + names.size() + 7) / 8 * 8;

  std::string bytes;
  append(bytes, header);
  bytes += info + names;
  bytes.resize(header.e_shoff, '\0');
  append(bytes, Elf64_Shdr{});
  append(bytes, modinfo);
  append(bytes, strings);
  return signer.empty() ? bytes : bytes + signature(signer);
}

}  // namespace rigsetup::test
