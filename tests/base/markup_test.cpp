// SPDX-License-Identifier: Apache-2.0
#include "keratin/base/markup.h"

#include <gtest/gtest.h>

namespace keratin {
namespace {

TEST(Markup, EscapesWhatXmlAndHtmlRead) {
  EXPECT_EQ(markup::escaped("a < b > c & \"d\" 'e'"),
            "a &lt; b &gt; c &amp; &quot;d&quot; &#39;e&#39;");
  EXPECT_EQ(markup::escaped("Käse – 木"), "Käse – 木");
  EXPECT_EQ(markup::escaped(std::string_view("a\0b\x1b\x7f\n", 6)), "a b   ");
  EXPECT_EQ(markup::escaped("a\xff"
                            "b\xc3"),
            "a\xef\xbf\xbd"
            "b\xef\xbf\xbd");
}

}  // namespace
}  // namespace keratin
