// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the rigsetup authors
#include "cli/consent.hpp"

#include <algorithm>
#include <cerrno>

#include <unistd.h>

#include <rigsetup/base/format.hpp>
#include <rigsetup/base/text.hpp>

#include "cli/plan_view.hpp"

namespace rigsetup::cli {
namespace {

/// Asks, and reads a line from the terminal.
bool says_yes(const std::string& question) {
  say(question + " [y/N] ");
  std::string answer;
  for (char c = 0;;) {
    const ssize_t count = ::read(STDIN_FILENO, &c, 1);
    if (count < 0 && errno == EINTR) continue;
    if (count <= 0 || c == '\n') break;
    answer += c;
  }
  return answer == "y" || answer == "Y" || answer == "yes";
}

/// The words that the plan needs and nobody has said yet.
std::vector<std::string> missing_words(const protocol::PlanReply& plan,
                                       const std::vector<std::string>& given) {
  std::vector<std::string> words;
  for (const auto& consent : plan.consents) {
    const auto known = [&](const auto& list) { return std::ranges::find(list, consent.word) != list.end(); };
    if (!known(given) && !known(words)) words.push_back(consent.word);
  }
  return words;
}

/// The options that agree to a plan and to these words.
std::vector<std::string> agreeing(const std::vector<std::string>& words) {
  std::vector<std::string> options{"-y"};
  for (const std::string& word : words) options.push_back("--allow-" + word);
  return options;
}

std::string texts_of(const protocol::PlanReply& plan, const std::string& word) {
  std::string text;
  for (const auto& consent : plan.consents) {
    if (consent.word == word) text += format("  it {}\n", printable(consent.text));
  }
  return text;
}

}  // namespace

std::optional<std::vector<std::string>> consent_to(
    const Session& session, const protocol::PlanReply& plan,
    const std::function<std::string(std::vector<std::string> options)>& command) {
  std::vector<std::string> given = session.options.allow;
  const std::vector<std::string> missing = missing_words(plan, given);
  const bool can_ask = !session.options.json && !session.options.yes && ::isatty(STDIN_FILENO) != 0 &&
                       ::isatty(STDOUT_FILENO) != 0;
  if (!can_ask && !missing.empty()) {
    throw Error(Code::consent,
                format("cannot apply this plan without your word, because it {}{}",
                       printable(plan.consents.front().text),
                       plan.consents.size() == 1 ? "" : format(", and {} more", plan.consents.size() - 1)),
                "to agree to that too: " + command(agreeing(missing)));
  }
  if (session.options.yes) return given;
  if (!can_ask) {
    throw Error(Code::consent,
                session.options.json ? "cannot ask with --json" : "cannot ask without a terminal",
                "to agree to this plan: " + command(agreeing(given)));
  }
  for (const std::string& word : missing) {
    say(format("\nBeyond what the recipe says ({}):\n{}", word, texts_of(plan, word)));
    if (!says_yes("Agree to that?")) return std::nullopt;
    given.push_back(word);
  }
  if (!says_yes(changes_needed(plan) ? "\nApply this?" : "\nRun these checks?")) return std::nullopt;
  return given;
}

}  // namespace rigsetup::cli
