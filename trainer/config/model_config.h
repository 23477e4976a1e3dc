// SPDX-License-Identifier: Apache-2.0
// `model`: `type` and, flat beside it, the keys of that type. Keys of another type are errors.
#pragma once

#include "kernels/als/als.h"
#include "trainer/config/field.h"

#include <array>
#include <cstdint>
#include <optional>
#include <string>

namespace kindred {

enum class ItemKnnWeighting { cosine, bm25, tfidf };
enum class ModelType { als, popularity, item_knn, ease };

template <>
inline constexpr std::array<std::string_view, 2> kChoices<AlsForm> = {"weighted", "hu_koren_volinsky"};
template <>
inline constexpr std::array<std::string_view, 5> kChoices<AlsSolver> = {"auto", "primal", "dual", "pcg", "subspace"};
template <>
inline constexpr std::array<std::string_view, 3> kChoices<ItemKnnWeighting> = {"cosine", "bm25", "tfidf"};
template <>
inline constexpr std::array<std::string_view, 4> kChoices<ModelType> = {"als", "popularity", "item_knn", "ease"};

struct AlsConfig {
  std::int64_t factors = 64;
  std::int64_t iterations = 16;
  double regularization = 0.003;
  double regularization_exponent = 1.0;
  double unobserved_weight = 0.1;
  double init_stddev = 0.1;
  AlsForm form = AlsForm::weighted;
  AlsSolver solver = AlsSolver::automatic;
  std::int64_t cg_steps = 3;      // pcg: steps a row
  std::int64_t block_size = 128;  // subspace: columns solved together
};

template <typename Visitor>
void fields(Visitor& visit, AlsConfig& c) {
  visit("factors", c.factors, {.doc = "Length of a user's and an item's vector.", .min = 1, .max = 8192});
  visit("iterations", c.iterations, {.doc = "Passes over users and items.", .min = 1, .max = 100000});
  visit("regularization", c.regularization,
        {.doc = "Lambda in lambda_u = lambda (n_u + a0 I)^nu.", .min = 0, .max = 1e9, .above_min = true});
  visit("regularization_exponent", c.regularization_exponent,
        {.doc = "Nu: 1 scales with a row's events, 0 is the same for all rows.", .min = 0, .max = 2});
  visit("unobserved_weight", c.unobserved_weight,
        {.doc = "a0: weight of the pairs that were not seen, with target 0.", .min = 0, .max = 1e6});
  visit("init_stddev", c.init_stddev,
        {.doc = "Vectors start as normal numbers of this deviation / sqrt(factors).",
         .min = 0,
         .max = 1e3,
         .above_min = true});
  visit(
      "form", c.form,
      {.doc =
           "`weighted`: a0 on every pair, the confidence on top; `hu_koren_volinsky`: a0 on the pairs not seen only."});
  visit("solver", c.solver, {.doc = "How a row is solved; `auto` picks by cost, the others are forced for study."});
  visit("cg_steps", c.cg_steps,
        {.doc = "Steps of conjugate gradients a row.",
         .min = 1,
         .max = 1000,
         .when = {{"model.solver", {"auto", "pcg"}}}});
  visit("block_size", c.block_size,
        {.doc = "Columns that are solved together.", .min = 1, .max = 8192, .when = {{"model.solver", {"subspace"}}}});
}

struct PopularityConfig {
  std::optional<double> half_life_days;
};

template <typename Visitor>
void fields(Visitor& visit, PopularityConfig& c) {
  visit("half_life_days", c.half_life_days,
        {.doc = "An event counts half with each half-life before the newest; absent: all count the same.",
         .min = 0,
         .max = 1e6,
         .above_min = true,
         .unit = "days"});
}

struct ItemKnnConfig {
  std::int64_t neighbours = 100;
  ItemKnnWeighting weighting = ItemKnnWeighting::cosine;
  double shrinkage = 0.0;
  double bm25_k1 = 1.2;
  double bm25_b = 0.75;
};

template <typename Visitor>
void fields(Visitor& visit, ItemKnnConfig& c) {
  const Condition bm25 = {"model.weighting", {"bm25"}};
  visit("neighbours", c.neighbours, {.doc = "Most similar items that are kept for each item.", .min = 1, .max = 1e6});
  visit("weighting", c.weighting, {.doc = "Weighting of the matrix before the similarity."});
  visit("shrinkage", c.shrinkage,
        {.doc = "Added to the denominator of the similarity: rare pairs count less.", .min = 0, .max = 1e9});
  visit("bm25_k1", c.bm25_k1, {.doc = "Saturation of repeated events.", .min = 0, .max = 1e3, .when = {bm25}});
  visit("bm25_b", c.bm25_b, {.doc = "How far a user's activity is normalised.", .min = 0, .max = 1, .when = {bm25}});
}

struct EaseConfig {
  double regularization = 500.0;
};

template <typename Visitor>
void fields(Visitor& visit, EaseConfig& c) {
  visit("regularization", c.regularization,
        {.doc = "Lambda of the ridge regression.", .min = 0, .max = 1e9, .above_min = true});
}

struct ModelConfig {
  ModelType type = ModelType::als;
  AlsConfig als;
  PopularityConfig popularity;
  ItemKnnConfig item_knn;
  EaseConfig ease;
};

template <typename Visitor>
void fields(Visitor& visit, ModelConfig& c) {
  const std::string type = "model.type";
  visit("type", c.type, {.doc = "Which model; the other keys of the section are those of this type."});
  visit.group(c.als, {{type, {"als"}}});
  visit.group(c.popularity, {{type, {"popularity"}}});
  visit.group(c.item_knn, {{type, {"item_knn"}}});
  visit.group(c.ease, {{type, {"ease"}}});
}

}  // namespace kindred
