// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the rigsetup authors
#include "cli/doctor_view.hpp"

#include <algorithm>

#include <rigsetup/base/format.hpp>
#include <rigsetup/base/text.hpp>

#include "cli/run_view.hpp"
#include "cli/table.hpp"

namespace rigsetup::cli {
namespace {

using protocol::DoctorReply;
using Finding = DoctorReply::Finding;

constexpr int k_indent = 4;

std::string verdict(const DoctorReply& reply, const Screen& screen) {
  const auto wrong = std::ranges::count(reply.findings, false, &Finding::note);
  if (wrong == 0) return screen.paint(Style::good, "nothing is wrong");
  return screen.paint(Style::warn, wrong == 1 ? "1 thing is wrong" : format("{} things are wrong", wrong));
}

std::string finding_text(const Finding& finding, const std::string& number, const Screen& screen) {
  std::string text = table({{number, screen.paint(Style::bold, printable(finding.what))}}, screen);
  for (const auto& proof : finding.evidence) {
    const auto seen = proof.seen.empty() ? "" : ": " + printable(proof.seen);
    text += table({{"seen", printable(proof.what) + seen}}, screen, k_indent);
  }
  text += table({{"why ", printable(finding.why)}}, screen, k_indent);
  text += table({{"fix ", printable(finding.fix)}}, screen, k_indent);
  if (!finding.command.empty()) text += format("{:{}}type  {}\n", "", k_indent, printable(finding.command));
  return text;
}

}  // namespace

std::string doctor_text(const DoctorReply& reply, const Screen& screen) {
  std::string head = reply.rig.empty() ? place_of(reply.root) : printable(reply.rig);
  if (!reply.os.empty()) head += format(" ({})", printable(reply.os));
  std::string text = paragraph(head + ": " + verdict(reply, screen), screen, 0);
  int number = 0;
  for (const auto& finding : reply.findings) {
    if (!finding.note) text += "\n" + finding_text(finding, format("{}.", ++number), screen);
  }
  bool first = true;
  for (const auto& finding : reply.findings) {
    if (!finding.note) continue;
    text += std::string("\n") + (first ? "Good to know\n" : "") + finding_text(finding, "-", screen);
    first = false;
  }
  return text + "\n" + paragraph("Looked at " + printable(join(reply.looked_at, "; ")) + ".", screen, 0);
}

std::string left_text(const DoctorReply& reply, const Screen& screen) {
  std::string text;
  int number = 0;
  for (const auto& finding : reply.findings) {
    if (finding.note) continue;
    ++number;
    if (finding.cure != "plan") text += table({{format("{}.", number), printable(finding.what)}}, screen, 2);
  }
  return text.empty() ? "" : "No plan mends:\n" + text;
}

bool any_wrong(const DoctorReply& reply) {
  return std::ranges::any_of(reply.findings, [](const Finding& one) { return !one.note; });
}

bool a_plan_helps(const DoctorReply& reply) {
  return std::ranges::any_of(reply.findings, [](const Finding& one) { return !one.note && one.by_recipe; });
}

}  // namespace rigsetup::cli
