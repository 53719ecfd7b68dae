// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the rigsetup authors
#include <algorithm>
#include <map>

#include <rigsetup/base/format.hpp>
#include <rigsetup/base/text.hpp>
#include <rigsetup/diagnosis/diagnosis.hpp>

namespace rigsetup::diagnosis {
namespace {

constexpr std::size_t k_most_lines = 3;  ///< of one text, as evidence of one failure
constexpr std::size_t k_most_of_a_line = 300;

Diagnosis diagnosis_of(const Failure& row, const Signs& signs) {
  Diagnosis found;
  found.name = row.name;
  found.note = row.note;
  found.what = row.what;
  found.why = row.why;
  found.fix = row.fix;
  found.command = row.command_for ? row.command_for(signs) : std::string(row.command);
  found.cure = row.cure;
  found.any_plan = row.any_plan;
  return found;
}

/// What the texts hold: lines by the row that they show, and Xids by GPU and code.
struct Read {
  std::map<const Failure*, std::vector<Evidence>> lines;
  struct Seen {
    std::vector<Evidence> evidence;
    std::size_t count = 0;
  };
  std::map<std::pair<int, std::string>, Seen> xids;
};

void add_line(std::vector<Evidence>& lines, const Text& text, std::string_view line) {
  const auto seen = excerpt(trim(line), k_most_of_a_line);
  const auto of_text = std::ranges::count(lines, text.where, &Evidence::what);
  const bool known = std::ranges::find(lines, seen, &Evidence::seen) != lines.end();
  if (!known && of_text < static_cast<std::ptrdiff_t>(k_most_lines)) lines.push_back({text.where, seen});
}

const Xid* known(int code) {
  const auto found = std::ranges::find(xids(), code, &Xid::code);
  return found == xids().end() ? nullptr : &*found;
}

/// "GPU recovery action changed from 0x1 (GPU Reset Required) to 0x0 (None)": what it asked for was done.
bool is_all_clear(std::string_view line) { return line.find(" to 0x0 (None)") != std::string_view::npos; }

/// The driver was loaded anew, and starts with GPUs that were reset.
bool is_new_start(std::string_view line) {
  return line.find("NVRM: loading NVIDIA UNIX") != std::string_view::npos;
}

void forget_what_a_reset_mends(Read& read) {
  std::erase_if(read.xids, [](const auto& entry) {
    const auto* xid = known(entry.first.first);
    return xid && xid->of == XidClass::reset;
  });
}

void read_line(const Text& text, std::string_view line, Read& read) {
  if (const auto xid = xid_in(line)) {
    const std::pair key(xid->code, xid->address);
    if (is_all_clear(line)) {
      read.xids.erase(key);
      return;
    }
    auto& seen = read.xids[key];
    add_line(seen.evidence, text, line);
    ++seen.count;
  } else if (is_new_start(line)) {
    forget_what_a_reset_mends(read);
  } else if (const auto* row = recognise(line)) {
    if (is_all_clear(line))
      read.lines.erase(row);
    else
      add_line(read.lines[row], text, line);
  }
}

Read read_texts(const Signs& signs) {
  Read read;
  for (const auto& text : signs.texts) {
    for (const auto& line : split_lines(text.words)) read_line(text, line, read);
  }
  return read;
}

Diagnosis of_class(XidClass of) {
  Diagnosis found;
  found.cure = Cure::hands;
  switch (of) {
    case XidClass::application:
      found.note = true;
      found.why = "a program's own fault: neither the GPU nor its driver is to blame";
      found.fix = "look at that program; compute-sanitizer finds its place";
      break;
    case XidClass::memory:
      found.note = true;
      found.why = "the GPU has helped itself; when it goes on, the card is wearing out";
      found.fix = "watch it";
      found.command = "nvidia-smi -q -d ECC,ROW_REMAPPER";
      break;
    case XidClass::reset:
      found.why = "what it did until then cannot be relied on";
      found.fix = "reset it or reboot; when it comes again, have the card replaced";
      found.command = "sudo nvidia-smi --gpu-reset";
      found.cure = Cure::command;
      break;
    case XidClass::unhealthy:
      found.why = "power, cables, riser, heat, the link or its firmware";
      found.fix =
          "reset it or reboot; when it comes again, look at power supply, cables, riser and temperature; "
          "installing the driver anew does not help";
      found.command = "sudo systemctl reboot";
      found.cure = Cure::reboot;
      break;
  }
  return found;
}

void add_xids(const Read& read, std::vector<Diagnosis>& found) {
  for (const auto& [key, seen] : read.xids) {
    const auto& [code, address] = key;
    const auto* xid = known(code);
    auto one = xid ? of_class(xid->of) : Diagnosis{};
    if (!xid) {
      one.note = true;
      one.why = "NVIDIA's Xid Catalog tells what it means";
      one.fix = "docs.nvidia.com/deploy/xid-errors";
    }
    one.name = format("xid-{}", code);
    one.what = format("the GPU at {}: {} (Xid {}{})", printable(address), xid ? xid->what : "an error", code,
                      seen.count > 1 ? format(", {} times", seen.count) : "");
    one.evidence = seen.evidence;
    found.push_back(std::move(one));
  }
}

void add_rows(const Signs& signs, const Read& read, std::vector<Diagnosis>& found) {
  for (const auto& row : catalogue()) {
    std::vector<Evidence> evidence;
    if (row.seen) evidence = row.seen(signs);
    const bool past = evidence.empty() && row.over && row.over(signs);
    if (const auto lines = read.lines.find(&row); lines != read.lines.end() && !past) {
      evidence.insert(evidence.end(), lines->second.begin(), lines->second.end());
    }
    if (evidence.empty()) continue;
    found.push_back(diagnosis_of(row, signs));
    found.back().evidence = std::move(evidence);
  }
}

}  // namespace

std::vector<Diagnosis> diagnose(const Signs& signs) {
  const auto read = read_texts(signs);
  std::vector<Diagnosis> found;
  add_xids(read, found);
  add_rows(signs, read, found);
  std::ranges::stable_partition(found, [](const Diagnosis& one) { return !one.note; });
  return found;
}

Fault explained(Fault fault) {
  for (const auto& line : split_lines(fault.message)) {
    const auto* row = recognise(line);
    if (!row) continue;
    const auto help = format("{}: {}", row->why, row->fix);
    fault.hint = fault.hint.empty() ? help : format("{}; {}", fault.hint, help);
    break;
  }
  return fault;
}

}  // namespace rigsetup::diagnosis
