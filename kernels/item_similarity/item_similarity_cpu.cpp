// SPDX-License-Identifier: Apache-2.0
// One item at a time (Gustavson's sparse product): its users' rows are added into a dense accumulator of the thread,
// then the best of the touched entries are taken.
#include "kernels/item_similarity/item_similarity.h"

#include "kernels/core/tensor.h"

#include <algorithm>
#include <cmath>
#include <vector>

namespace kindred::cpu {

namespace {

// a_ui of the header, from what is known of the user, the item and the entry. Rounded to fp32 wherever it is used,
// so that s_ij and s_ji are sums of the same products.
class Weighting {
 public:
  Weighting(const Context& ctx, const ItemSimilarity& args)
      : kind_(args.weighting),
        k1_(args.bm25_k1),
        idf_(ctx, {args.x.rows}, "item_similarity.idf"),
        length_(ctx, {args.x.columns}, "item_similarity.lengths") {
    const double log_items = std::log(static_cast<double>(args.x.columns));
    for (std::int64_t user = 0; user < args.x.rows; ++user) {
      idf_.data()[user] = log_items - std::log1p(static_cast<double>(args.x.length(user)));
    }
    double total = 0.0;
    for (std::int64_t item = 0; item < args.x.columns; ++item) {
      double sum = 0.0;
      for (std::int64_t entry = args.x_transposed.begin(item); entry < args.x_transposed.end(item); ++entry) {
        sum += std::max(0.0F, args.x_transposed.value(entry));
      }
      length_.data()[item] = sum;
      total += sum;
    }
    const double mean = total / static_cast<double>(args.x.columns);
    for (std::int64_t item = 0; item < args.x.columns; ++item) {
      double& length = length_.data()[item];
      length = (1.0 - args.bm25_b) + (mean > 0.0 ? args.bm25_b * length / mean : 0.0);
    }
  }

  float operator()(std::int64_t user, std::int64_t item, float value) const {
    if (!(value > 0.0F)) return 0.0F;
    const double x = value;
    switch (kind_) {
      case SimilarityWeighting::cosine:
        return value;
      case SimilarityWeighting::tfidf:
        return static_cast<float>(std::sqrt(x) * idf_.data()[user]);
      case SimilarityWeighting::bm25:
        break;
    }
    return static_cast<float>(x * (k1_ + 1.0) / (k1_ * length_.data()[item] + x) * idf_.data()[user]);
  }

 private:
  SimilarityWeighting kind_;
  double k1_;
  Tensor<double, 1> idf_;
  Tensor<double, 1> length_;
};

struct Neighbour {
  float value;
  std::int32_t item;
};

bool before(const Neighbour& a, const Neighbour& b) { return a.value != b.value ? a.value > b.value : a.item < b.item; }

}  // namespace

void item_similarity(const Context& ctx, const ItemSimilarity& args) {
  const std::int64_t items = args.x.columns;
  const CsrView& by_user = args.x;
  const CsrView& by_item = args.x_transposed;
  const Weighting weight(ctx, args);

  Tensor<float, 1> weighted(ctx, {by_user.nnz()}, "item_similarity.weights");
  parallel_for(ctx.pool(), by_user.rows, 256, [&](std::int64_t begin, std::int64_t end, int) {
    for (std::int64_t user = begin; user < end; ++user) {
      for (std::int64_t entry = by_user.begin(user); entry < by_user.end(user); ++entry) {
        weighted.data()[entry] = weight(user, by_user.ids(entry), by_user.value(entry));
      }
    }
  });
  Tensor<double, 1> norms(ctx, {items}, "item_similarity.norms");
  parallel_for(ctx.pool(), items, 256, [&](std::int64_t begin, std::int64_t end, int) {
    for (std::int64_t item = begin; item < end; ++item) {
      double square = 0.0;
      for (std::int64_t entry = by_item.begin(item); entry < by_item.end(item); ++entry) {
        const double a = weight(by_item.ids(entry), item, by_item.value(entry));
        square += a * a;
      }
      norms.data()[item] = std::sqrt(square);
      args.norms(item) = static_cast<float>(norms.data()[item]);
    }
  });

  const std::int64_t wanted = args.ids.size(1);
  // Zero between items: only what an item touched is cleared.
  Tensor<double, 2> sums = Tensor<double, 2>::zeros(ctx, {ctx.threads(), items}, "item_similarity.sums");
  Tensor<std::int32_t, 2> touched(ctx, {ctx.threads(), items + 1}, "item_similarity.touched");
  std::vector<std::vector<Neighbour>> candidates(static_cast<std::size_t>(ctx.threads()));
  parallel_for(ctx.pool(), items, 8, [&](std::int64_t begin, std::int64_t end, int thread) {
    double* sum = sums.view().row(thread);
    std::int32_t* touched_items = touched.view().row(thread);
    std::vector<Neighbour>& list = candidates[static_cast<std::size_t>(thread)];
    for (std::int64_t item = begin; item < end; ++item) {
      std::int64_t count = 0;
      for (std::int64_t entry = by_item.begin(item); entry < by_item.end(item); ++entry) {
        const std::int64_t user = by_item.ids(entry);
        const double a = weight(user, item, by_item.value(entry));
        if (a == 0.0) continue;
        for (std::int64_t other = by_user.begin(user); other < by_user.end(user); ++other) {
          const std::int32_t id = by_user.ids(other);
          const double product = a * static_cast<double>(weighted.data()[other]);  // never negative: one idf_u squared
          const double sum_before = sum[id];
          sum[id] = sum_before + product;
          touched_items[count] = id;
          count += static_cast<std::int64_t>((sum_before == 0.0) & (product > 0.0));
        }
      }
      list.clear();
      for (std::int64_t n = 0; n < count; ++n) {
        const std::int32_t id = touched_items[n];
        const double dot = sum[id];
        sum[id] = 0.0;
        if (id == item) continue;
        const double scale = norms.data()[item] * norms.data()[id];
        const double numerator = args.weighting == SimilarityWeighting::bm25 ? dot * scale : dot;
        const float similarity = static_cast<float>(numerator / (scale + args.shrinkage));
        if (similarity > 0.0F) list.push_back({similarity, id});
      }
      const auto kept = std::min<std::int64_t>(wanted, static_cast<std::int64_t>(list.size()));
      if (kept < static_cast<std::int64_t>(list.size())) {
        std::nth_element(list.begin(), list.begin() + kept, list.end(), before);
      }
      std::sort(list.begin(), list.begin() + kept, before);
      for (std::int64_t n = 0; n < wanted; ++n) {
        const bool filled = n < kept;
        args.ids(item, n) = filled ? list[static_cast<std::size_t>(n)].item : -1;
        args.values(item, n) = filled ? list[static_cast<std::size_t>(n)].value : 0.0F;
      }
    }
  });
}

}  // namespace kindred::cpu
