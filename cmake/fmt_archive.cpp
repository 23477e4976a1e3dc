// SPDX-License-Identifier: Apache-2.0
// The compiled part of fmt 9 from its installed header, for cmake/static_libraries.cmake: what is a template there, and
// what the programs use of it, is instantiated here.
#include <fmt/format-inl.h>

#include <locale>

namespace fmt {
inline namespace v9 {
namespace detail {

template dragonbox::decimal_fp<float> dragonbox::to_decimal(float x) noexcept;
template dragonbox::decimal_fp<double> dragonbox::to_decimal(double x) noexcept;
template locale_ref::locale_ref(const std::locale& locale);
template std::locale locale_ref::get<std::locale>() const;
template thousands_sep_result<char> thousands_sep_impl(locale_ref locale);
template char decimal_point_impl(locale_ref locale);

}  // namespace detail
}  // namespace v9
}  // namespace fmt
