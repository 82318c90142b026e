// SPDX-License-Identifier: Apache-2.0
// The man page and the completion, made of what the sub-commands declare.
#include <algorithm>

#include "keratin/cli/commands.h"

namespace keratin::cli {

namespace {

// In roff a hyphen is typographic, and a point or quote at the start of a line is a command.
std::string roff(const std::string& text) {
  std::string escaped;
  for (char c : text) {
    if (c == '\\') escaped += "\\e";
    if (c == '-') escaped += "\\-";
    if (c != '\\' && c != '-') escaped += c;
  }
  return escaped.starts_with('.') || escaped.starts_with('\'') ? "\\&" + escaped : escaped;
}

std::vector<const CLI::App*> commands_of(const CLI::App& app) {
  return app.get_subcommands([](const CLI::App*) { return true; });
}

// Returns `--json`, `-o,--output FILE` or the name of a positional.
std::string usage_of(const CLI::Option& option) {
  const bool is_flag = option.get_expected_max() == 0 || option.get_type_size() == 0;
  return option.get_name(false, true) + (option.get_positional() || is_flag ? "" : " VALUE");
}

void add_options(const CLI::App& command, std::string& page) {
  for (const CLI::Option* option : command.get_options()) {
    page += ".TP\n.B " + roff(usage_of(*option)) + "\n" + roff(option->get_description()) + "\n";
  }
}

// Returns the long forms, with their dashes.
std::string words_of(const CLI::App& command) {
  std::string words;
  for (const CLI::Option* option : command.get_options()) {
    for (const std::string& name : option->get_lnames()) words += " --" + name;
  }
  return words.empty() ? words : words.substr(1);
}

}  // namespace

std::string man_page(const CLI::App& app) {
  std::string page = ".TH KERATIN 1\n.SH NAME\nkeratin \\- works with model files of Keras\n";
  page += ".SH SYNOPSIS\n.B keratin\nCOMMAND [OPTIONS] FILES\n";
  page += ".SH DESCRIPTION\n" + roff(app.get_description()) + "\n.SH OPTIONS\n";
  add_options(app, page);
  page += ".SH COMMANDS\n";
  for (const CLI::App* command : commands_of(app)) {
    page += ".SS " + roff(command->get_name()) + "\n" + roff(command->get_description()) + "\n";
    add_options(*command, page);
  }
  page += ".SH EXIT STATUS\n0 when all went well, 1 after a failure, 2 when the command line is ";
  return page + "wrong.\n";
}

std::string bash_completion(const CLI::App& app) {
  std::string names;
  std::string cases;
  for (const CLI::App* command : commands_of(app)) {
    names += " " + command->get_name();
    cases += "    " + command->get_name() + ") words='" + words_of(*command) + "' ;;\n";
  }
  return "_keratin() {\n  local words current=${COMP_WORDS[COMP_CWORD]}\n"
         "  case ${COMP_WORDS[1]} in\n" +
         cases +
         "  esac\n"
         "  if [[ $COMP_CWORD == 1 ]]; then words='" +
         names.substr(1) + " " + words_of(app) +
         "'; fi\n"
         "  if [[ $COMP_CWORD == 1 || $current == -* ]]; then\n"
         "    COMPREPLY=($(compgen -W \"$words\" -- \"$current\"))\n"
         "  fi\n"
         "}\ncomplete -o default -F _keratin keratin\n";
}

}  // namespace keratin::cli
