// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include <set>

#include "keratin/base/config.h"
#include "keratin/base/file.h"
#include "keratin/base/text.h"
#include "tests/cli/support.h"

namespace keratin::tests {
namespace {

void expect_output(const ProgramRun& run, const std::string& out) {
  EXPECT_EQ(run.code, 0) << run.err;
  EXPECT_EQ(run.out, out);
  EXPECT_EQ(run.err, "");
}

void expect_failure(const ProgramRun& run, int code, const std::string& err) {
  EXPECT_EQ(run.code, code);
  EXPECT_EQ(run.out, "");
  EXPECT_EQ(run.err, err);
}

TEST(Program, PredictsFromEveryKindOfFile) {
  const Workshop shop;
  expect_output(shop.keratin("predict line.keras x.npy"), "[[12.5]\n [34.5]]\n");
  expect_output(shop.keratin("predict line.keras x.csv --batch-size 1"), "[[12.5]\n [34.5]]\n");
  expect_output(shop.keratin("predict line.keras x.npy --json"), "{\"dense\": [[12.5], [34.5]]}\n");
  const std::string idx("\0\0\x08\x02\0\0\0\x01\0\0\0\x02\x01\x02", 14);
  write_file_atomically(shop.path("x.idx"), bytes_of(idx));
  expect_output(shop.keratin("predict line.keras x.idx"), "[[12.5]]\n");
}

TEST(Program, WritesPredictionsToAFile) {
  const Workshop shop;
  expect_output(shop.keratin("predict line.keras x.npy -o p.npy"), "");
  EXPECT_EQ(Tensor(read_npy(shop.path("p.npy"))).to_vector<float>(),
            (std::vector<float>{12.5F, 34.5F}));
  expect_output(shop.keratin("predict minus.keras swapped.npz -o p.npz"), "");
  EXPECT_EQ(read_npz(shop.path("p.npz"))[0].first, "minus");
  expect_failure(shop.keratin("predict line.keras x.npy -o p.txt"), 1,
                 "keratin: p.txt: expected the ending .npy or .npz for what is written, got "
                 "another. Rename it.\n");
}

TEST(Program, GivesInputsByNameAndOtherwiseInOrder) {
  const Workshop shop;
  expect_output(shop.keratin("predict minus.keras swapped.npz"), "[[4. 6.]]\n");
  write_npz(shop.path("other.npz"), {{"x", Tensor::from({1.0F, 1.0F}, {1, 2}).array()},
                                     {"y", Tensor::from({5.0F, 7.0F}, {1, 2}).array()}});
  expect_output(shop.keratin("predict minus.keras other.npz"), "[[-4. -6.]]\n");
  expect_output(shop.keratin("predict minus.keras x.npy x.npy"), "[[0. 0.]\n [0. 0.]]\n");
  expect_failure(shop.keratin("predict minus.keras x.npy"), 1,
                 "keratin: inputs: expected 2 (a, b), got 1. Give as many arrays, in files of "
                 "their own or in one .npz.\n");
}

TEST(Program, Evaluates) {
  const Workshop shop;
  expect_output(shop.keratin("evaluate line.keras x.npy y.npy"), "loss: 2.0\nmae: 1.0\n");
  expect_output(shop.keratin("evaluate line.keras x.npy y.npy --json"),
                "{\"loss\": 2.0, \"mae\": 1.0}\n");
  write_npz(shop.path("w.npz"), {{"dense", Tensor::from({1.0F, 0.5F}, {2}).array()}});
  expect_output(shop.keratin("evaluate line.keras x.npy y.npy --sample-weight w.npz"),
                "loss: 1.0\nmae: 1.0\n");
  expect_failure(shop.keratin("evaluate minus.keras swapped.npz y.npy"), 1,
                 "keratin: model `minus`: evaluate: expected a compiled model, got one without "
                 "optimizer and loss. Call `compile` before `evaluate`.\n");
}

TEST(Program, WritesAReport) {
  const Workshop shop;
  const std::string evaluate = "evaluate line.keras x.npy y.npy --report ";
  expect_output(shop.keratin(evaluate + "r.html --title 'a <b>'"), "loss: 2.0\nmae: 1.0\n");
  const std::string page = shop.text("r.html");
  EXPECT_NE(page.find("<h1>a &lt;b&gt;</h1>"), std::string::npos);
  EXPECT_NE(page.find("<td>mean absolute error</td><td class=\"better\" title=\"1.0\">1</td>"),
            std::string::npos);
  expect_output(shop.keratin(evaluate + "r.png --json"), "{\"loss\": 2.0, \"mae\": 1.0}\n");
  EXPECT_TRUE(shop.text("r.png").starts_with("\x89PNG"));
  expect_output(shop.keratin(evaluate + "named.html --class-names height"),
                "loss: 2.0\nmae: 1.0\n");
  expect_failure(shop.keratin(evaluate + "r.html --class-names a,b,c"), 1,
                 "keratin: evaluation_report: expected a name for each class or value of an output "
                 "(1), got 3. Name all of them, in the order of their numbers.\n");
  const ProgramRun wrong = shop.keratin(evaluate + "r.pdf");
  EXPECT_EQ(wrong.code, 2);
  EXPECT_EQ(wrong.err,
            "--report: expected a path that ends in .html or .png\nRun with --help for more "
            "information.\n");
  EXPECT_EQ(shop.keratin("evaluate line.keras x.npy y.npy --class-names a").code, 2);
  // The numbers are not lost.
  const ProgramRun unwritable = shop.keratin(evaluate + "nowhere/r.html");
  EXPECT_EQ(unwritable.code, 1);
  EXPECT_EQ(unwritable.out, "loss: 2.0\nmae: 1.0\n");
  EXPECT_EQ(unwritable.err,
            "keratin: nowhere/r.html: expected a file that can be written, got 'No such file or "
            "directory'. Check the folder, its access rights and the space that is left.\n");
}

TEST(Program, TrainsAndWritesModelAndHistory) {
  const Workshop shop;
  expect_output(shop.keratin("fit line.keras x.npy y.npy --epochs 2 --no-shuffle --verbose 0 "
                             "-o t.keras --history h.json"),
                "");
  const Model model = models::load_model(shop.path("line.keras"));
  const History expected =
      model.fit(Tensor(read_npy(shop.path("x.npy"))), Tensor(read_npy(shop.path("y.npy"))),
                {.epochs = 2, .verbose = 0, .shuffle = false});
  const Config history = parse_json(shop.text("h.json"));
  ASSERT_EQ(history.at("loss").size(), 2U);
  EXPECT_EQ(history.at("loss")[1].as_number(), expected["loss"][1]);
  const Model trained = models::load_model(shop.path("t.keras"));
  EXPECT_EQ(trained.get_weights()[0].to_vector<float>(), model.get_weights()[0].to_vector<float>());
  EXPECT_EQ(trained.optimizer().iterations().item<int>(), 2);
}

TEST(Program, DrawsTheHistoryAndSaysWhetherItOverFits) {
  const Workshop shop;
  const std::string fit = "fit line.keras x.npy y.npy --epochs 6 --validation-data x.npy y.npy ";
  const ProgramRun run = shop.keratin(fit + "--verbose 0 -o t.keras --plot h.svg");
  ASSERT_EQ(run.code, 0) << run.err;
  EXPECT_TRUE(run.out.starts_with("baseline: ")) << run.out;
  EXPECT_NE(run.out.find("; "), std::string::npos) << run.out;
  EXPECT_NE(shop.text("h.svg").find(">validation<"), std::string::npos);
  const ProgramRun json = shop.keratin(fit + "--json -o t.keras --plot h.png");
  EXPECT_TRUE(parse_json(json.out).has("val_loss"));
  EXPECT_TRUE(shop.text("h.png").starts_with("\x89PNG"));
  const ProgramRun wrong = shop.keratin(fit + "-o u.keras --plot h.gif");
  EXPECT_EQ(wrong.code, 2);
  EXPECT_NE(wrong.err.find("ends in .png or .svg"), std::string::npos) << wrong.err;
}

TEST(Program, TrainsWhatTheCommandLineCompiles) {
  const Workshop shop;
  const ProgramRun run = shop.keratin(
      "fit line.keras x.npy y.npy --optimizer adam:learning_rate=0.5 --loss mae --metrics mse,mape "
      "--epochs 9 --callback early-stopping:monitor=loss,patience=1,min-delta=1000 "
      "--callback CSVLogger:filename=log.csv --seed 3 --json -o t.keras");
  ASSERT_EQ(run.code, 0) << run.err;
  const Config history = parse_json(run.out);
  EXPECT_TRUE(history.has("mse") && history.has("mape"));
  EXPECT_EQ(history.at("loss").size(), 2U);
  const Bytes log = read_file(shop.path("log.csv"));
  EXPECT_TRUE(text_of(log).starts_with("epoch,loss,mape,mse,val_loss,val_mape,val_mse\r\n0,"));
  const Model trained = models::load_model(shop.path("t.keras"));
  EXPECT_EQ(trained.optimizer().learning_rate().item<float>(), 0.5F);
}

TEST(Program, RefusesWrongArgumentsOfFit) {
  const Workshop shop;
  const std::string fit = "fit line.keras x.npy y.npy -o t.keras ";
  expect_failure(shop.keratin(fit + "--callback early-stop"), 1,
                 "keratin: callbacks: expected one of the classes [BackupAndRestore, CSVLogger, "
                 "EarlyStopping, LambdaCallback, LearningRateScheduler, ModelCheckpoint, "
                 "ReduceLROnPlateau, RemoteMonitor, SwapEMAWeights, TensorBoard, TerminateOnNaN], "
                 "got 'early-stop'. Use one of them.\n");
  expect_failure(shop.keratin(fit + "--callback early-stopping:patience"), 1,
                 "keratin: --callback: expected name:argument=value,..., got "
                 "'early-stopping:patience'. Write `=` between each argument and its value.\n");
  expect_failure(shop.keratin(fit + "--batch-size 0"), 2,
                 "--batch-size: expected a whole number above 0, got '0'\nRun with --help for more "
                 "information.\n");
  // What cannot be written is found out before the training.
  expect_failure(shop.keratin("fit line.keras x.npy y.npy -o t.txt"), 2,
                 "--output: expected a path that ends in .keras or .h5 or .hdf5\nRun with --help "
                 "for more information.\n");
  expect_failure(
      shop.keratin(fit + "--history nowhere/h.json"), 1,
      "keratin: nowhere/h.json: expected a file that can be written, got 'No such file "
      "or directory'. Check the folder, its access rights and the space that is left.\n");
  expect_failure(shop.keratin(fit + "--optimizer adam"), 1,
                 "keratin: fit: expected --loss with --optimizer and --metrics, got none. Name a "
                 "loss, or leave all three out to train as the file says.\n");
}

TEST(Program, ConvertsAndCompares) {
  const Workshop shop;
  expect_output(shop.keratin("convert line.keras line.h5"), "");
  expect_output(shop.keratin("diff line.keras line.h5"), "The models are the same.\n");
  expect_output(shop.keratin("convert line.h5 line.weights.h5"), "");
  expect_output(shop.keratin("convert line.h5 line.json"), "");
  EXPECT_EQ(models::model_from_json(shop.text("line.json")).name(), "line");

  const Model model = models::load_model(shop.path("line.keras"));
  model.set_weights({Tensor::from({10.0F, 1.25F}, {2, 1}), Tensor::from({0.5F}, {1})});
  model.save(shop.path("other.keras"));
  const ProgramRun run = shop.keratin("diff line.keras other.keras");
  EXPECT_EQ(run.code, 1);
  EXPECT_EQ(run.out, "line/dense/kernel: differs by up to 0.25\n");
  expect_output(shop.keratin("diff line.keras other.keras --tolerance 0.25"),
                "The models are the same.\n");
  const ProgramRun json = shop.keratin("diff line.keras minus.keras --json");
  EXPECT_EQ(json.code, 1);
  EXPECT_FALSE(parse_json(json.out).at("same").as_bool());
}

TEST(Program, TellsWhatAStepTakes) {
  const Workshop shop;
  const ProgramRun run = shop.keratin("plan line.keras --batch-size 3 --json");
  EXPECT_EQ(run.code, 0);
  Config report = parse_json(run.out);
  EXPECT_GT(report.at("seconds").as_number(), 0.0);
  report.set("seconds", 0);
  // 2 x 3 products and 3 sums, twice each for a product.
  EXPECT_EQ(to_json(report),
            "{\"step\": \"predict\", \"batch_size\": 3, \"threads\": 1, \"calls\": 1, "
            "\"variable_bytes\": 12, \"input_bytes\": 24, \"output_bytes\": 12, "
            "\"arena_bytes\": 0, \"peak_bytes\": 48, \"flop\": 15, \"seconds\": 0}");
  const ProgramRun graph = shop.keratin("graph line.keras --batch-size 3");
  EXPECT_EQ(graph.code, 0);
  EXPECT_TRUE(graph.out.starts_with("plan: 1 nodes, arena of 0 bytes\n")) << graph.out;
}

TEST(Program, ProfilesWhatItRuns) {
  const Workshop shop;
  ::setenv("KERATIN_PROFILE", shop.path("trace.json").c_str(), 1);
  const ProgramRun run = shop.keratin("predict line.keras x.npy");
  ::unsetenv("KERATIN_PROFILE");
  expect_output(run, "[[12.5]\n [34.5]]\n");
  const Config trace = parse_json(shop.text("trace.json"));
  bool found = false;
  for (const Config& event : trace.at("traceEvents").as_list()) {
    if (event.at("name").as_string() != "fused batch_matmul add") continue;
    found = true;
    EXPECT_EQ(event.at("args").at("flop").as_int(), 10);
  }
  EXPECT_TRUE(found);
}

TEST(Program, ShowsModelsAndClasses) {
  const Workshop shop;
  const ProgramRun summary = shop.keratin("summary line.keras");
  EXPECT_EQ(summary.code, 0);
  EXPECT_TRUE(summary.out.starts_with("Model: \"line\"\n")) << summary.out;
  expect_output(shop.keratin("summary line.keras --json"),
                "{\"name\": \"line\", \"class_name\": \"Sequential\", \"inputs\": [[null, 2]], "
                "\"outputs\": [[null, 1]], \"total_params\": 3, \"trainable_params\": 3, "
                "\"layers\": [{\"name\": \"dense\", \"class_name\": \"Dense\", \"params\": 3, "
                "\"trainable\": true}]}\n");
  const ProgramRun all = shop.keratin("describe --json");
  const Config classes = parse_json(all.out);
  EXPECT_GE(classes.size(), 150U);
  std::set<std::string> kinds;
  for (const Config& info : classes.as_list()) {
    kinds.insert(info.at("kind").as_string());
  }
  EXPECT_EQ(kinds, (std::set<std::string>{"callback", "constraint", "initializer", "layer", "loss",
                                          "metric", "optimizer", "regularizer", "schedule"}));
  // The name of two classes.
  EXPECT_EQ(parse_json(shop.keratin("describe MeanSquaredError --json").out).size(), 2U);
  expect_output(shop.keratin("describe NonNeg --json"),
                "[{\"class_name\": \"NonNeg\", \"kind\": \"constraint\", \"fields\": []}]\n");
  expect_output(shop.keratin("describe L2 --kind regularizer"),
                "L2 (regularizer)\n  l2: float = 0.01\n      Factor of the sum of squares.\n");
  const Config dense = parse_json(shop.keratin("describe Dense --json").out)[0];
  bool found = false;
  for (const Config& field : dense.at("fields").as_list()) {
    if (field.at("name").as_string() != "use_bias") continue;
    found = true;
    EXPECT_EQ(to_json(field),
              "{\"name\": \"use_bias\", \"type\": \"bool\", \"default\": true, "
              "\"doc\": \"Whether a bias is added to the product.\"}");
  }
  EXPECT_TRUE(found);
  expect_failure(shop.keratin("describe Dens"), 1,
                 "keratin: describe: expected a class, got 'Dens'. Did you mean 'Dense'?\n");
  expect_failure(
      shop.keratin("describe --kind los"), 1,
      "keratin: describe: expected one of the kinds [layer, loss, metric, optimizer, schedule, "
      "initializer, regularizer, constraint, callback], got 'los'. Did you mean 'loss'?\n");
}

TEST(Program, Advises) {
  const Workshop shop;
  expect_output(shop.keratin("advise line.keras x.npy y.npy"), "nothing found\n");
  expect_output(shop.keratin("advise line.keras --json"), "[]\n");
  models::Sequential({layers::Input({2}), layers::Dense(1)}).save(shop.path("plain.keras"));
  expect_output(shop.keratin("advise plain.keras"),
                "The model is not compiled, so that loss and metrics were not looked at.\n");
  const auto wrong = models::Sequential(
      {layers::Input({2}), layers::Dense(1, {.activation = "softmax", .name = "head"})});
  utils::set_advice(false);
  wrong.compile({.loss = "binary_crossentropy"});
  utils::set_advice(true);
  wrong.save(shop.path("wrong.keras"));
  const std::string sentence =
      "output `head`: \"softmax\" over one unit is always 1; use activation \"sigmoid\" with loss "
      "\"binary_crossentropy\".";
  expect_output(shop.keratin("advise wrong.keras"), "softmax-one-unit: " + sentence + "\n");
  const Config found = parse_json(shop.keratin("advise wrong.keras --json").out);
  ASSERT_EQ(found.size(), 1U);
  EXPECT_EQ(found[0].at("sentence").as_string(), sentence);
  // Loading is silent; training says it, on standard error.
  const ProgramRun fit = shop.keratin("fit wrong.keras x.npy y.npy --verbose 0 -o trained.keras");
  EXPECT_EQ(fit.code, 0);
  EXPECT_NE(fit.err.find("fit: " + sentence), std::string::npos) << fit.err;
  expect_output(
      shop.keratin("advise --task multi-label"),
      "multilabel\n  targets: a row for each sample, 1 for each label that it has\n  last "
      "layer: units the number of labels, activation \"sigmoid\"\n  loss: "
      "\"binary_crossentropy\"\n  metrics: binary_accuracy, auc\n");
  EXPECT_GE(parse_json(shop.keratin("advise --task all --json").out).size(), 8U);
  expect_failure(shop.keratin("advise --task binari"), 1,
                 "keratin: advise: expected a task (binary, multiclass, multilabel, regression, "
                 "regression-0-1, regression-positive, counts or all), got 'binari'. Check the "
                 "spelling.\n");
  expect_failure(shop.keratin("advise"), 1,
                 "keratin: advise: expected a model or --task, got none. Give one of them.\n");
}

TEST(Program, ChecksFilesThatNobodyTrusts) {
  if (KERATIN_IS_SANITIZED) GTEST_SKIP() << "a sanitizer's runtime does what the jail refuses";
  const Workshop shop;
  expect_output(shop.keratin("check line.keras"),
                "line.keras: valid, a Sequential with 1 layer and 3 parameters.\n");
  std::string bytes = shop.text("line.keras");
  bytes.resize(bytes.size() / 2);
  write_file_atomically(shop.path("cut.keras"), bytes_of(bytes));
  const ProgramRun cut = shop.keratin("check cut.keras");
  EXPECT_EQ(cut.code, 1);
  EXPECT_TRUE(cut.err.starts_with("keratin: cut.keras: expected ")) << cut.err;
  const ProgramRun json = shop.keratin("check cut.keras --json");
  EXPECT_EQ(json.code, 1);
  EXPECT_FALSE(parse_json(json.out).at("valid").as_bool());
}

TEST(Program, TellsWrongUsageByItsExitCode) {
  const Workshop shop;
  expect_failure(shop.keratin(""), 2,
                 "A subcommand is required\nRun with --help for more information.\n");
  EXPECT_EQ(shop.keratin("predict line.keras").code, 2);
  EXPECT_EQ(shop.keratin("predict line.keras x.npy --batch-size 0").code, 2);
  EXPECT_EQ(shop.keratin("predict line.keras x.npy --nonsense").code, 2);
  EXPECT_EQ(shop.keratin("fit line.keras x.npy y.npy").code, 2);
  EXPECT_EQ(shop.keratin("melt line.keras").code, 2);
  EXPECT_EQ(shop.keratin("fit line.keras x.npy y.npy -o t.keras --validation-split 2").code, 2);
  EXPECT_EQ(shop.keratin("--help").code, 0);
  expect_failure(shop.keratin("predict line.keras x.txt"), 1,
                 "keratin: x.txt: expected data in .npy, .npz, .csv, .idx or -ubyte (.gz or not), "
                 "got another ending. Convert the file.\n");
  expect_failure(shop.keratin("predict no.keras x.npy"), 1,
                 "keratin: no.keras: expected a zip archive, got 'no such file'. Check the path or "
                 "copy the file anew.\n");
}

// Returns the command lines of the page's blocks, those that go on after a backslash in one.
std::vector<std::string> commands_of(const std::string& page) {
  std::vector<std::string> commands;
  bool inside = false;
  bool goes_on = false;
  for (std::string line : text::split(page, '\n')) {
    if (line.starts_with("```")) {
      inside = line == "```sh";
    } else if (inside) {
      const bool ends = !line.ends_with('\\');
      if (!ends) line.pop_back();
      if (goes_on) commands.back() += line;
      if (!goes_on) commands.push_back(line);
      goes_on = !ends;
    }
  }
  return commands;
}

TEST(Program, DoesWhatItsPageSays) {
  if (KERATIN_IS_SANITIZED) GTEST_SKIP() << "a sanitizer's runtime does what the jail refuses";
  const Workshop shop;
  for (const char* line : {"model.keras", "a.keras", "b.keras", "old.h5"}) {
    ASSERT_EQ(shop.keratin("convert line.keras " + std::string(line)).code, 0);
  }
  write_npz(shop.path("x.npz"), {{"x", read_npy(shop.path("x.npy"))}});
  const Bytes page = read_file(KERATIN_GOLDEN_DIR "/../../docs/program.md");
  const std::vector<std::string> commands = commands_of(std::string(text_of(page)));
  EXPECT_EQ(commands.size(), 16U);
  for (const std::string& command : commands) {
    ASSERT_TRUE(command.starts_with("keratin ")) << command;
    const std::string arguments = command.substr(8, command.find('#') - 8);
    const ProgramRun run = shop.keratin(arguments);
    EXPECT_EQ(run.code, 0) << command << "\n" << run.err;
    EXPECT_EQ(run.err, "") << command;
  }
}

TEST(Program, WritesItsOwnPages) {
  const Workshop shop;
  const ProgramRun man = shop.keratin("--man");
  EXPECT_TRUE(man.out.starts_with(".TH KERATIN 1\n")) << man.out;
  EXPECT_NE(man.out.find(".SS predict\n"), std::string::npos);
  const ProgramRun script = shop.keratin("--bash-completion");
  write_file_atomically(shop.path("complete.sh"), bytes_of(script.out));
  const std::string command = "cd '" + shop.path("") +
                              "' && bash -c 'source complete.sh; COMP_WORDS=(keratin predict --b); "
                              "COMP_CWORD=2; _keratin; echo ${COMPREPLY[@]}' >words.txt";
  ASSERT_EQ(std::system(command.c_str()), 0);
  EXPECT_EQ(shop.text("words.txt"), "--batch-size\n");
}

}  // namespace
}  // namespace keratin::tests
