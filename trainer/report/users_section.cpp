// SPDX-License-Identifier: Apache-2.0
#include "trainer/report/number_text.h"
#include "trainer/report/page.h"
#include "trainer/report/run_sections.h"

#include <algorithm>

namespace kindred {

namespace {

Markup item_text(const SampleItem& item) {
  if (item.title.empty()) return foreign(item.id);
  return html("{} <small>{}</small>", foreign(item.title), foreign(item.id));
}

Markup user_panel(const SampleUser& user, const SampleUsers& sample) {
  Markup history;
  for (const SampleItem& item : user.history) history += html("<li>{}</li>", item_text(item));
  Markup list;
  std::int64_t hits = 0;
  for (std::size_t i = 0; i < user.recommended.size(); ++i) {
    const SampleItem& item = user.recommended[i];
    hits += item.relevant ? 1 : 0;
    list += html("<li class=\"{}\"><b>{}</b><span>{}</span><span class=\"score\">{:.3f}</span></li>",
                 item.relevant ? "hit" : "", item.relevant ? std::string("\xE2\x9C\x93") : std::to_string(i + 1),
                 item_text(item), item.score);
  }
  const auto shown = static_cast<std::int64_t>(user.history.size());
  const std::string order = sample.most_recent ? "most recent first" : "most popular first";
  const std::string history_head =
      shown < user.history_length ? fmt::format("History: {} of {}, {}", shown, grouped(user.history_length), order)
                                  : fmt::format("History: {}, {}", shown, order);
  const std::string list_head = user.targets > 0
                                    ? fmt::format("Recommended: {} of the {} chosen later", hits, grouped(user.targets))
                                    : "Recommended";
  return html(
      "<div class=\"panel\"><h3>User {}</h3><div class=\"user\"><div><h4>{}</h4><ul>{}</ul></div>"
      "<div><h4>{}</h4><ol>{}</ol></div></div></div>\n",
      foreign(user.id), history_head, history, list_head, list);
}

}  // namespace

Markup users_section(const SampleUsers& sample) {
  if (sample.users.empty()) return {};
  Markup people;
  for (const SampleUser& user : sample.users) people += user_panel(user, sample);
  const std::string note =
      sample.part == "training"
          ? "Users of the training data, from short to long histories; what they touched is not recommended again."
          : fmt::format(
                "Users of {}, from short to long histories. \xE2\x9C\x93 marks what the user did choose "
                "afterwards, which the model did not know.",
                sample.part);
  return section("What some users would see", note, html("<div class=\"people\">\n{}</div>\n", people));
}

}  // namespace kindred
