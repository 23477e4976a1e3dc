// SPDX-License-Identifier: Apache-2.0
#include "tools/cudaemu/ptx/special_register.h"

#include <unordered_map>

namespace cudaemu::ptx {

std::optional<SpecialRegister> special_register_of(std::string_view name) {
  using R = SpecialRegister;
  static const auto* table = new std::unordered_map<std::string_view, R>{
      {"%tid.x", R::tid_x},
      {"%tid.y", R::tid_y},
      {"%tid.z", R::tid_z},
      {"%ntid.x", R::ntid_x},
      {"%ntid.y", R::ntid_y},
      {"%ntid.z", R::ntid_z},
      {"%ctaid.x", R::ctaid_x},
      {"%ctaid.y", R::ctaid_y},
      {"%ctaid.z", R::ctaid_z},
      {"%nctaid.x", R::nctaid_x},
      {"%nctaid.y", R::nctaid_y},
      {"%nctaid.z", R::nctaid_z},
      {"%laneid", R::laneid},
      {"%warpid", R::warpid},
      {"%nwarpid", R::nwarpid},
      {"WARP_SZ", R::warpsz},
      {"%smid", R::smid},
      {"%nsmid", R::nsmid},
      {"%gridid", R::gridid},
      {"%lanemask_eq", R::lanemask_eq},
      {"%lanemask_le", R::lanemask_le},
      {"%lanemask_lt", R::lanemask_lt},
      {"%lanemask_ge", R::lanemask_ge},
      {"%lanemask_gt", R::lanemask_gt},
      {"%clock", R::clock},
      {"%clock_hi", R::clock_hi},
      {"%clock64", R::clock64},
      {"%globaltimer", R::globaltimer},
      {"%globaltimer_lo", R::globaltimer_lo},
      {"%globaltimer_hi", R::globaltimer_hi},
      {"%dynamic_smem_size", R::dynamic_smem_size},
      {"%total_smem_size", R::total_smem_size},
      {"%envreg1", R::envreg1},
      {"%envreg2", R::envreg2},
      {"%clusterid.x", R::clusterid_x},
      {"%clusterid.y", R::clusterid_y},
      {"%clusterid.z", R::clusterid_z},
      {"%nclusterid.x", R::nclusterid_x},
      {"%nclusterid.y", R::nclusterid_y},
      {"%nclusterid.z", R::nclusterid_z},
      {"%cluster_ctaid.x", R::cluster_ctaid_x},
      {"%cluster_ctaid.y", R::cluster_ctaid_y},
      {"%cluster_ctaid.z", R::cluster_ctaid_z},
      {"%cluster_nctaid.x", R::cluster_nctaid_x},
      {"%cluster_nctaid.y", R::cluster_nctaid_y},
      {"%cluster_nctaid.z", R::cluster_nctaid_z},
      {"%cluster_ctarank", R::cluster_ctarank},
      {"%cluster_nctarank", R::cluster_nctarank},
      {"%is_explicit_cluster", R::is_explicit_cluster},
  };
  const auto found = table->find(name);
  if (found == table->end()) return std::nullopt;
  return found->second;
}

int bytes_of(SpecialRegister r) {
  return r == SpecialRegister::clock64 || r == SpecialRegister::globaltimer || r == SpecialRegister::gridid ? 8 : 4;
}

}  // namespace cudaemu::ptx
