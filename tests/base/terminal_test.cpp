// SPDX-License-Identifier: Apache-2.0
#include "keratin/base/terminal.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <fstream>
#include <map>
#include <optional>
#include <string>

namespace keratin {
namespace {

using terminal::Colors;

// Sets environment variables for one test; all that matter are unset first.
class Environment {
 public:
  Environment() {
    for (const char* name : names) {
      const char* value = getenv(name);
      saved_[name] = value == nullptr ? std::nullopt : std::optional<std::string>(value);
      unsetenv(name);
    }
  }
  ~Environment() {
    for (const auto& [name, value] : saved_) {
      value ? setenv(name.c_str(), value->c_str(), 1) : unsetenv(name.c_str());
    }
  }
  void set(const char* name, const char* value) {
    ASSERT_TRUE(saved_.count(name)) << name;
    setenv(name, value, 1);
  }

 private:
  static constexpr const char* names[] = {"COLUMNS",  "LINES",       "TERM",          "COLORTERM",
                                          "NO_COLOR", "FORCE_COLOR", "TTY_COMPATIBLE"};
  std::map<std::string, std::optional<std::string>> saved_;
};

// A pseudo-terminal of so many columns.
class PseudoTerminal {
 public:
  explicit PseudoTerminal(int columns) : master_(posix_openpt(O_RDWR | O_NOCTTY)) {
    EXPECT_EQ(grantpt(master_), 0);
    EXPECT_EQ(unlockpt(master_), 0);
    slave_ = open(ptsname(master_), O_RDWR | O_NOCTTY);
    winsize size{};
    size.ws_col = static_cast<unsigned short>(columns);
    EXPECT_EQ(ioctl(slave_, TIOCSWINSZ, &size), 0);
  }
  ~PseudoTerminal() {
    close(slave_);
    close(master_);
  }
  int descriptor() const { return slave_; }

 private:
  int master_;
  int slave_ = -1;
};

// Puts another file in the place of a descriptor for one test.
class Redirected {
 public:
  Redirected(int descriptor, int other) : descriptor_(descriptor), saved_(dup(descriptor)) {
    dup2(other, descriptor);
  }
  ~Redirected() {
    dup2(saved_, descriptor_);
    close(saved_);
  }

 private:
  int descriptor_;
  int saved_;
};

struct Null {
  ~Null() { close(descriptor); }
  int descriptor = open("/dev/null", O_RDWR);
};

TEST(Terminal, KnowsATerminalFromAFile) {
  PseudoTerminal screen(97);
  Null null;
  EXPECT_TRUE(terminal::is_terminal(screen.descriptor()));
  EXPECT_FALSE(terminal::is_terminal(null.descriptor));
}

TEST(Terminal, TakesColumnsFromTheEnvironmentThenTheTerminalThen80) {
  Environment environment;
  PseudoTerminal screen(97);
  PseudoTerminal sizeless(0);
  Null null;
  EXPECT_EQ(terminal::columns(screen.descriptor()), 97);
  EXPECT_EQ(terminal::columns(sizeless.descriptor()), 80);
  EXPECT_EQ(terminal::columns(null.descriptor), 80);
  for (const char* nonsense : {"", "0", "-3", "12x", "99999999999"}) {
    environment.set("COLUMNS", nonsense);
    EXPECT_EQ(terminal::columns(screen.descriptor()), 97) << nonsense;
  }
  environment.set("COLUMNS", "60");
  EXPECT_EQ(terminal::columns(screen.descriptor()), 60);
  EXPECT_EQ(terminal::columns(null.descriptor), 60);
}

TEST(Terminal, TakesConsoleColumnsFromAnyStandardStream) {
  Environment environment;
  PseudoTerminal screen(97);
  Null null;
  Redirected out(1, null.descriptor);
  Redirected err(2, null.descriptor);
  {
    Redirected in(0, screen.descriptor());
    EXPECT_EQ(terminal::console_columns(), 97);
    EXPECT_EQ(terminal::columns(), 80);
    environment.set("COLUMNS", "60");
    EXPECT_EQ(terminal::console_columns(), 60);
  }
  Redirected in(0, null.descriptor);
  EXPECT_EQ(terminal::console_columns(), 60);
  environment.set("COLUMNS", "0");
  EXPECT_EQ(terminal::console_columns(), 80);
}

TEST(Terminal, HasConsoleColumnsOf80OnADumbTerminal) {
  Environment environment;
  environment.set("TERM", "dumb");
  PseudoTerminal screen(97);
  Redirected out(1, screen.descriptor());
  EXPECT_EQ(terminal::console_columns(), 80);
  environment.set("COLUMNS", "60");
  EXPECT_EQ(terminal::console_columns(), 80);
  environment.set("LINES", "40");
  EXPECT_EQ(terminal::console_columns(), 60);
}

TEST(Terminal, ChoosesColorsByTerm) {
  Environment environment;
  PseudoTerminal screen(80);
  auto colors = [&] { return terminal::colors(screen.descriptor()); };
  EXPECT_EQ(colors(), Colors::standard);
  for (const char* term : {"xterm", "vt100", "linux", "xterm-16color"}) {
    environment.set("TERM", term);
    EXPECT_EQ(colors(), Colors::standard) << term;
  }
  for (const char* term : {"xterm-256color", "screen-256color", "XTERM-256COLOR", "xterm-kitty"}) {
    environment.set("TERM", term);
    EXPECT_EQ(colors(), Colors::eight_bit) << term;
  }
  for (const char* term : {"dumb", "unknown", "Dumb"}) {
    environment.set("TERM", term);
    EXPECT_EQ(colors(), Colors::none) << term;
  }
  environment.set("TERM", "xterm");
  environment.set("COLORTERM", "TrueColor");
  EXPECT_EQ(colors(), Colors::eight_bit);
  environment.set("NO_COLOR", "");
  EXPECT_EQ(colors(), Colors::eight_bit);
  environment.set("NO_COLOR", "1");
  EXPECT_EQ(colors(), Colors::bold);
}

TEST(Terminal, ChoosesNoColorsForAFileUnlessTold) {
  Environment environment;
  environment.set("TERM", "xterm-256color");
  PseudoTerminal screen(80);
  Null null;
  EXPECT_EQ(terminal::colors(null.descriptor), Colors::none);
  environment.set("FORCE_COLOR", "1");
  EXPECT_EQ(terminal::colors(null.descriptor), Colors::eight_bit);
  environment.set("FORCE_COLOR", "");
  EXPECT_EQ(terminal::colors(screen.descriptor()), Colors::none);
  environment.set("TTY_COMPATIBLE", "1");
  EXPECT_EQ(terminal::colors(null.descriptor), Colors::eight_bit);
  environment.set("TTY_COMPATIBLE", "0");
  environment.set("FORCE_COLOR", "1");
  EXPECT_EQ(terminal::colors(screen.descriptor()), Colors::none);
}

TEST(Terminal, HasTheWidthOfEveryCodePointOfRich) {
  std::ifstream file(std::string(KERATIN_GOLDEN_DIR) + "/terminal/widths.txt");
  std::uint32_t first = 0;
  std::uint32_t last = 0;
  std::uint32_t next = 0;
  int width = 0;
  while (file >> first >> last >> width) {
    ASSERT_EQ(first, next);
    for (std::uint32_t code = first; code <= last; ++code) {
      ASSERT_EQ(terminal::width(static_cast<char32_t>(code)), width) << std::hex << code;
    }
    next = last + 1;
  }
  EXPECT_EQ(next, 0x110000u);
}

TEST(Terminal, MeasuresText) {
  EXPECT_EQ(terminal::width(""), 0);
  EXPECT_EQ(terminal::width("dense_1"), 7);
  EXPECT_EQ(terminal::width("e\u0301t\u00e9"), 3);
  EXPECT_EQ(terminal::width("層1"), 3);
  EXPECT_EQ(terminal::width("❤"), 1);
  EXPECT_EQ(terminal::width("❤\ufe0f"), 2);
  EXPECT_EQ(terminal::width("👩\u200d🚀"), 2);
}

TEST(Terminal, FitsTextWithoutCuttingCharacters) {
  EXPECT_EQ(terminal::fit(U"abc", 5), U"abc  ");
  EXPECT_EQ(terminal::fit(U"abc", 2), U"ab");
  EXPECT_EQ(terminal::fit(U"abc", 0), U"");
  EXPECT_EQ(terminal::fit(U"abc", -1), U"");
  EXPECT_EQ(terminal::fit(U"a層b", 2), U"a ");
  EXPECT_EQ(terminal::fit(U"a層b", 3), U"a層");
  EXPECT_EQ(terminal::fit(U"e\u0301x", 1), U"e\u0301");
}

TEST(Terminal, ChopsText) {
  using Pieces = std::vector<std::u32string>;
  EXPECT_EQ(terminal::chop(U"abcde", 2), (Pieces{U"ab", U"cd", U"e"}));
  EXPECT_EQ(terminal::chop(U"a層b", 2), (Pieces{U"a", U"層", U"b"}));
  EXPECT_EQ(terminal::chop(U"", 2), Pieces{});
}

TEST(Terminal, DecodesAndEncodesUtf8) {
  std::string text = "a\u00e9\u5c64\U0001f600";
  EXPECT_EQ(terminal::decode(text), U"a\u00e9\u5c64\U0001f600");
  EXPECT_EQ(terminal::encode(terminal::decode(text)), text);
}

TEST(Terminal, ReplacesBytesThatAreNotUtf8) {
  EXPECT_EQ(terminal::decode("a\xff"
                             "b"),
            U"a\ufffd"
            U"b");
  EXPECT_EQ(terminal::decode("\xe5\xb1"), U"\ufffd\ufffd");                      // cut short
  EXPECT_EQ(terminal::decode("\xc0\xaf"), U"\ufffd\ufffd");                      // overlong
  EXPECT_EQ(terminal::decode("\xe0\x80\xaf"), U"\ufffd\ufffd\ufffd");            // overlong
  EXPECT_EQ(terminal::decode("\xed\xa0\x80"), U"\ufffd\ufffd\ufffd");            // surrogate
  EXPECT_EQ(terminal::decode("\xf4\x90\x80\x80"), U"\ufffd\ufffd\ufffd\ufffd");  // too large
  EXPECT_EQ(terminal::decode("\xe5"
                             "ab"),
            U"\ufffd"
            U"ab");
}

}  // namespace
}  // namespace keratin
