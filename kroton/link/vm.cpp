#include "kroton/link/vm.h"
#include "kroton/link/perform_linker.h"
namespace kroton::link {
std::shared_ptr<const Program> make_vm_program(const FunctionGraph& fgraph, const std::vector<Apply>& order, LinkOptions) {
  return make_perform_program(fgraph, order);
}
}
