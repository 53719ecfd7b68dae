// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the rigsetup authors
#include "cli/viewer.hpp"

#include <algorithm>
#include <vector>

#include <rigsetup/data/json.hpp>

#include "cli/columns.hpp"
#include "cli/live_view.hpp"
#include "cli/plain_view.hpp"

namespace rigsetup::cli {
namespace {

using Clock = std::chrono::steady_clock;
constexpr std::chrono::milliseconds k_between_drawings{100};

/// The daemon's own lines, as they come; but the percentage of the run does not fall here either.
class JsonViewer final : public Viewer {
 public:
  void record(const Record& record, const std::string& line, const RunState&) override {
    activities_.record(record);
    say(line + "\n");
  }
  void progress(const Progress& progress, const std::string& line, const RunState& state) override {
    activities_.report(progress, std::chrono::system_clock::now(), state);
    const auto reached = static_cast<std::uint64_t>(activities_.percent().value_or(0));
    if (!progress.step.empty() || progress.done >= reached) return say(line + "\n");
    Progress kept = progress;
    kept.done = reached;
    say(to_json(Value::map({{"progress", to_value(kept)}})) + "\n");
  }
  void tick(const RunState&) override {}
  void message(const std::string& text) override { warn(text + "\n"); }

 private:
  Activities activities_;
};

class PlainViewer final : public Viewer {
 public:
  explicit PlainViewer(const Screen& screen) : lines_(screen) {}

  void record(const Record& record, const std::string&, const RunState&) override {
    say_all(lines_.record(record, Clock::now()));
  }
  void progress(const Progress& progress, const std::string&, const RunState& state) override {
    lines_.progress(progress, std::chrono::system_clock::now(), state);
  }
  void tick(const RunState& state) override {
    say_all(lines_.tick(state, Clock::now(), std::chrono::system_clock::now()));
  }
  void message(const std::string& text) override { say(text + "\n"); }

 private:
  static void say_all(const std::vector<std::string>& lines) {
    for (const std::string& line : lines) say(line + "\n");
  }
  PlainLines lines_;
};

/// Lines that stay, and below them a block that is drawn again. Uses carriage return, erase line and cursor
/// up only.
class LiveViewer final : public Viewer {
 public:
  explicit LiveViewer(const Screen& screen) : screen_(screen) {}

  void record(const Record& record, const std::string&, const RunState& after) override {
    activities_.record(record);
    if (const std::string line = permanent_line(record, after, screen_); !line.empty()) stay(line);
    dirty_ = true;
  }
  void progress(const Progress& progress, const std::string&, const RunState& state) override {
    activities_.report(progress, std::chrono::system_clock::now(), state);
    dirty_ = true;
  }
  void tick(const RunState& state) override {
    if (state.last_sequence == 0) return;
    const auto since = Clock::now() - drawn_;
    if (staying_.empty() && since < (dirty_ ? Clock::duration(k_between_drawings) : std::chrono::seconds(1)))
      return;
    draw(state.ended_already() ? std::vector<std::string>()
                               : live_block(state, activities_, std::chrono::system_clock::now(), screen_));
  }
  void message(const std::string& text) override {
    stay(fit(text, screen_.width - 1, screen_.ellipsis()));
    draw(block_);
  }
  /// Whether a terminal breaks lines that became too wide is not known, so a block that has such lines is
  /// left as it is and a new one drawn below: nothing that stays may be overwritten.
  void resized() override {
    measure(screen_);
    const auto too_wide = [this](const std::string& line) { return display_width(line) >= screen_.width; };
    if (std::any_of(block_.begin(), block_.end(), too_wide)) block_.clear();
    dirty_ = true;
  }
  void finish() override { draw({}); }

 private:
  void stay(const std::string& line) { staying_ += line + "\x1b[K\n"; }

  void draw(std::vector<std::string> block) {
    const std::size_t old_rows = block_.size();
    std::string text;
    for (std::size_t i = 0; i < old_rows; ++i) text += "\x1b[A";
    text += "\r" + staying_;
    for (const std::string& line : block) text += line + "\x1b[K\n";
    const auto new_rows =
        block.size() + static_cast<std::size_t>(std::count(staying_.begin(), staying_.end(), '\n'));
    for (std::size_t i = new_rows; i < old_rows; ++i) text += "\x1b[K\n";
    text += "\x1b[K";
    for (std::size_t i = new_rows; i < old_rows; ++i) text += "\x1b[A";
    staying_.clear();
    block_ = std::move(block);
    drawn_ = Clock::now();
    dirty_ = false;
    say(text);
  }

  Screen screen_;
  Activities activities_;
  std::string staying_;             ///< lines to scroll up at the next drawing
  std::vector<std::string> block_;  ///< as it stands on the terminal, the cursor below it
  Clock::time_point drawn_;
  bool dirty_ = true;
};

}  // namespace

std::unique_ptr<Viewer> make_viewer(const Screen& screen, bool json) {
  if (json) return std::make_unique<JsonViewer>();
  if (screen.live) return std::make_unique<LiveViewer>(screen);
  return std::make_unique<PlainViewer>(screen);
}

}  // namespace rigsetup::cli
