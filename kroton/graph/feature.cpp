// SPDX-License-Identifier: BSD-3-Clause
#include "kroton/graph/feature.h"

namespace kroton::inline graph {
void Feature::on_attach(FunctionGraph&) {}
void Feature::on_detach(FunctionGraph&) {}
void Feature::on_import(FunctionGraph&, const Apply&, const std::string&) {}
void Feature::on_prune(FunctionGraph&, const Apply&, const std::string&) {}
void Feature::on_change_input(FunctionGraph&, const Apply&, int, const Variable&, const Variable&,
                              const std::string&) {}
std::vector<std::pair<Apply, Apply>> Feature::orderings(const FunctionGraph&) const { return {}; }
void Feature::validate(const FunctionGraph&) const {}
}  // namespace kroton::inline graph
