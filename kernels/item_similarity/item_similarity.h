// SPDX-License-Identifier: Apache-2.0
// The nearest neighbours of every item: column i of the weighted interactions, a_i, against every other column.
//     s_ij = a_i.a_j / (|a_i| |a_j|) * shrink_ij                     cosine, tfidf
//     s_ij = a_i.a_j                 * shrink_ij                     bm25
//     shrink_ij = |a_i| |a_j| / (|a_i| |a_j| + shrinkage)            1 without shrinkage
//     a_ui = x_ui                                                    cosine
//     a_ui = sqrt(x_ui) idf_u          idf_u = ln I - ln(1 + n_u)    tfidf
//     a_ui = x_ui (k1 + 1) / (x_ui + k1 (1 - b + b m_i / mean m)) idf_u       bm25
//   U users, I items, N neighbours; n_u stored entries of user u, m_i sum of x over item i.
//   x             CSR [U, I]   in    weights; entries <= 0 (negative feedback) count as absent
//   x_transposed  CSR [I, U]   in    the same entries by item
//   ids           [I, N]       out   int32: similarity descending, then item ascending; -1 where fewer are similar
//   values        [I, N]       out   fp32 s_ij, 0 beside -1; only similarities above 0 are kept, never i itself
//   norms         [I]          out   fp32 |a_i|
// Weights are those of implicit 0.7.3 (CosineRecommender, TFIDFRecommender, BM25Recommender), which, unlike this
// operation, counts the item itself among its N; shrinkage is that of Ferrari Dacrema and others (RecSys 2019).
// Deterministic: yes, for any number of threads: a dot product is one sum in fp64 over users ascending.
// Cost: sum_u n_u^2 multiply-adds; scratch 12 bytes an item and thread, 4 bytes an entry. No I x I array.
#pragma once

#include "kernels/core/context.h"
#include "kernels/core/view.h"

namespace kindred {

enum class SimilarityWeighting { cosine, tfidf, bm25 };

struct ItemSimilarity {
  CsrView x;
  CsrView x_transposed;
  SimilarityWeighting weighting = SimilarityWeighting::cosine;
  double shrinkage = 0.0;
  double bm25_k1 = 1.2;
  double bm25_b = 0.75;
  View<std::int32_t, 2> ids;
  View<float, 2> values;
  View<float, 1> norms;
};

void item_similarity(const Context& ctx, const ItemSimilarity& args);

namespace cpu {
void item_similarity(const Context& ctx, const ItemSimilarity& args);
}

namespace cuda {
void item_similarity(const Context& ctx, const ItemSimilarity& args);
}

}  // namespace kindred
