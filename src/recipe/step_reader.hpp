// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the rigsetup authors
#pragma once

#include <map>
#include <span>
#include <string>
#include <vector>

#include <rigsetup/recipe/recipe.hpp>

#include "recipe/report.hpp"

namespace rigsetup {

/// The steps of a recipe as they are read, and where each id was given.
class StepReader {
 public:
  StepReader(const std::string& file, std::span<const KindShape> kinds, Complaints& complaints)
      : file_(file), kinds_(kinds), complaints_(complaints), report_{file, complaints} {}

  /// The steps whose kind is known, in the order of the list.
  std::vector<Step> read(const Value& list);
  /// Complains of needs that name no step, the step itself or each other in a circle.
  void check_needs(const std::vector<Step>& steps) const;

 private:
  struct Named {
    Mark mark;
    bool by_kind = false;  ///< the id was left out
  };
  struct Need {
    std::string id;
    Mark mark;
  };

  void read_step(const Value& item, std::vector<Step>& steps);
  const Member* kind_member(const Value& item) const;
  void complain_of_others(const Value& item, const Member& kind, const KindShape& shape) const;
  const KindShape* shape_of(std::string_view name) const;
  std::string read_id(const Value& item, const std::string& kind);
  std::optional<std::vector<std::string>> read_needs(const Value& item, const std::string& id);
  When read_when(const Value& item) const;

  const std::string& file_;
  std::span<const KindShape> kinds_;
  Complaints& complaints_;
  Report report_;
  std::map<std::string, Named> ids_;
  std::map<std::string, std::vector<Need>> needs_;  ///< as written, of each id
};

}  // namespace rigsetup
