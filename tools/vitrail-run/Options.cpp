//===----------------------------------------------------------------------===//
//
// Part of the Vitrail project, under the Apache License v2.0 with LLVM
// Exceptions. SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// The command line. Its help is the driver's documentation.
//
//===----------------------------------------------------------------------===//

#include "Options.h"

#include <CLI/CLI.hpp>

#include <memory>

using namespace vitrail::driver;

static const char *const description =
    "Runs a compiled model and shows, stores, compares or times what it "
    "computes.\n"
    "Without --top, --output, --compare, --reference, --bench or --profile, "
    "sums "
    "up each\n"
    "output in a line.\n";

static const char *const footer =
    R"(NAME may be left out of NAME=FILE where the entry has one input (or
output); a FILE whose path has a '=' needs it. Several files for one input make
a batch, in the order given.

Input files, told apart by their content:
  .npy          [batch, ...] as --info shows the shape, or one sample without
                the batch; <f2 <f4 <f8 |i1 |u1 |b1 <i4 <i8, C or Fortran order.
                Floats are rounded to the input's type, integers must fit.
                |u1 for an input with preprocessing: images, [height, width],
                [n, height, width] or [n, height, width, channels]
  .safetensors  the tensor with the input's name, or the only one; as .npy
  PNG, JPEG     for inputs with preprocessing: channels as the input has them
                (gray is ITU-R 601 luma), then the model's resize, crop, scale,
                mean and std, equal to Pillow and torchvision. Alpha is dropped,
                16 bits become 8, EXIF orientation is not applied
  synthetic     no file: the values of Vitrail's synthetic tensor 'input';
  synthetic:KEY those of the tensor KEY. (A file of this name: ./synthetic)

More samples than the library's maximum batch are run in several calls.

Exit status: 0, or 1 when something failed or --compare or --reference found a
difference above the tolerance, or 2 when the command line was wrong.)";

namespace {

/// Shows an option with its value's name and default, not with the names of all
/// options that it goes with or not: the descriptions say so where it matters.
class HelpFormatter : public CLI::Formatter {
  std::string make_option_opts(const CLI::Option *option) const override {
    std::string text;
    if (option->get_type_size() != 0)
      text = " " + option->get_type_name();
    if (!option->get_default_str().empty())
      text += " (" + option->get_default_str() + ")";
    return text;
  }
};

} // namespace

/// Tests that an option is a number that `accepts`; `expected` says which.
static CLI::Validator checkNumber(bool (*accepts)(double),
                                  const std::string &expected) {
  auto check = [accepts, expected](const std::string &text) {
    double value = 0.0;
    bool isNumber = CLI::detail::lexical_cast(text, value);
    return isNumber && accepts(value) ? std::string()
                                      : text + " is not " + expected;
  };
  // The empty name keeps it out of the help.
  return CLI::Validator(check, "");
}

static CLI::Validator isPositive() {
  return checkNumber([](double value) { return value > 0; },
                     "a positive number");
}

static CLI::Validator isNotNegative() {
  return checkNumber([](double value) { return value >= 0; },
                     "a number of at least 0");
}

static void addData(CLI::App &app, Options &options) {
  app.add_option("library", options.library, "the compiled model")
      ->required()
      ->type_name("LIB.so");
  app.add_option("--entry", options.entry,
                 "which entry to run; by default the first")
      ->type_name("NAME");
  app.add_option("--input", options.inputs,
                 "take an input from a file or from synthetic[:KEY];\n"
                 "repeatable")
      ->type_name("NAME=FILE")
      ->expected(1)
      ->take_all()
      ->allow_extra_args(false);
  app.add_option("--output", options.outputs,
                 "store an output as a .npy file; repeatable")
      ->type_name("NAME=FILE.npy")
      ->expected(1)
      ->take_all()
      ->allow_extra_args(false);
  app.add_option("--batch", options.batch,
                 "number of samples; by default what the inputs hold,\n"
                 "or 1. An input of one sample is repeated")
      ->type_name("N")
      ->check(isPositive());
  app.add_option("--threads", options.threads,
                 "threads to run on; by default all that the process\n"
                 "may use")
      ->type_name("N")
      ->check(isPositive());
  app.add_option("--device", options.device,
                 "cpu, cuda:N or opencl:N, N from 0; auto is the first\n"
                 "GPU that the library has kernels for, else the\n"
                 "processor. Several, separated by commas, divide the\n"
                 "batch; cuda:all and opencl:all are all that there are")
      ->type_name("NAME")
      ->capture_default_str();
  app.add_option("--weights-file", options.weightsFile,
                 "the weights, where they are neither in the library\n"
                 "nor beside it")
      ->type_name("FILE");
}

static void addReports(CLI::App &app, Options &options) {
  auto *top =
      app.add_option("--top", options.top,
                     "print the K most probable classes of each sample:\n"
                     "softmax over the last dimension of the first output")
          ->type_name("K")
          ->check(isPositive());
  app.add_option("--labels", options.labels,
                 "names of the classes for --top, one a line")
      ->type_name("FILE")
      ->needs(top);
  auto *compare =
      app.add_option("--compare", options.references,
                     "compare an output with a .npy file: relative L2\n"
                     "error and largest difference; repeatable")
          ->type_name("NAME=FILE.npy")
          ->expected(1)
          ->take_all()
          ->allow_extra_args(false);
  app.add_option("--reference", options.reference,
                 "compare all outputs with what vitrail-reference\n"
                 "--outputs wrote, in the order of their names, and\n"
                 "print the first that deviates. Of a library made with\n"
                 "vitrailc --debug-outputs that is a kernel")
      ->type_name("FILE.safetensors")
      ->excludes(compare);
  app.add_option("--tolerance", options.tolerance,
                 "largest relative L2 error that --compare and\n"
                 "--reference accept")
      ->type_name("X")
      ->capture_default_str()
      ->check(isNotNegative());
}

static void addBench(CLI::App &app, Options &options) {
  auto *bench = app.add_flag("--bench", options.bench,
                             "time runs of the whole batch: median, minimum,\n"
                             "95th percentile");
  app.add_option("--warmup", options.warmup,
                 "with --bench: runs before those that are timed")
      ->type_name("N")
      ->capture_default_str()
      ->check(isNotNegative())
      ->needs(bench);
  auto *repeats = app.add_option("--repeats", options.repeats,
                                 "with --bench: number of timed runs")
                      ->type_name("N")
                      ->check(isPositive())
                      ->needs(bench);
  app.add_option("--seconds", options.seconds,
                 "with --bench and no --repeats: how long to time\n"
                 "runs; there are at least 5")
      ->type_name("S")
      ->capture_default_str()
      ->check(isPositive())
      ->needs(bench)
      ->excludes(repeats);
}

static void addProfile(CLI::App &app, Options &options) {
  auto *profile =
      app.add_flag("--profile", options.profile,
                   "time each kernel by itself: a line for each, with what\n"
                   "it reads and writes in a second, on a device as a share\n"
                   "of what a copy does");
  app.add_option("--kernels", options.kernelReport,
                 "with --profile: what vitrailc --report wrote as .json\n"
                 "when it made the library, for FLOPs and their share of\n"
                 "what the device does in registers")
      ->type_name("FILE.json")
      ->needs(profile);
}

static void addText(CLI::App &app, Options &options) {
  auto *text = app.add_option("--text", options.texts,
                              "print what the model generates from a text;\n"
                              "repeatable. Needs a model with a vocabulary")
                   ->type_name("TEXT")
                   ->expected(1)
                   ->take_all()
                   ->allow_extra_args(false);
  for (const char *name : {"--entry", "--input", "--output", "--batch", "--top",
                           "--compare", "--reference", "--bench", "--profile"})
    text->excludes(app.get_option(name));
  app.add_option("--beams", options.beams,
                 "with --text: width of the beam search; 1 is greedy")
      ->type_name("N")
      ->capture_default_str()
      ->check(isPositive())
      ->needs(text);
  app.add_option("--max-length", options.maxLength,
                 "with --text: tokens at most, the end among them; by\n"
                 "default what the model allows")
      ->type_name("N")
      ->check(isPositive())
      ->needs(text);
  app.add_option("--length-penalty", options.lengthPenalty,
                 "with --text: exponent of the length penalty of beam\n"
                 "search (Wu et al. 2016); above 0 favours long texts")
      ->type_name("X")
      ->capture_default_str()
      ->check(isNotNegative())
      ->needs(text);
}

static void addInfo(CLI::App &app, Options &options) {
  auto *info = app.add_flag("--info", options.info,
                            "print what the model says about itself; run\n"
                            "nothing");
  for (const char *name :
       {"--entry", "--input", "--output", "--batch", "--threads", "--device",
        "--weights-file", "--top", "--compare", "--reference", "--bench",
        "--profile", "--text"})
    info->excludes(app.get_option(name));
  app.add_flag("--json", options.json,
               "print --info or --bench as JSON; excludes --top,\n"
               "--compare and --reference")
      ->excludes(app.get_option("--top"))
      ->excludes(app.get_option("--compare"))
      ->excludes(app.get_option("--reference"));
}

std::optional<int> vitrail::driver::parseOptions(int argc, char **argv,
                                                 Options &options) {
  CLI::App app(description, "vitrail-run");
  app.set_version_flag("--version", "vitrail-run " VITRAIL_VERSION);
  app.footer(footer);
  app.failure_message([](const CLI::App *, const CLI::Error &error) {
    return std::string("vitrail-run: error: ") + error.what() +
           "; see vitrail-run --help\n";
  });
  auto formatter = std::make_shared<HelpFormatter>();
  formatter->column_width(28);
  app.formatter(formatter);
  addData(app, options);
  addReports(app, options);
  addBench(app, options);
  addProfile(app, options);
  addText(app, options);
  addInfo(app, options);
  try {
    app.parse(argc, argv);
    if (options.json && !options.info && !options.bench)
      throw CLI::ValidationError("--json", "requires --info or --bench");
    if (app.count("--tolerance") != 0 && options.references.empty() &&
        options.reference.empty())
      throw CLI::ValidationError("--tolerance",
                                 "requires --compare or --reference");
  } catch (const CLI::ParseError &error) {
    // The library has an exit status per kind of error; ours is one.
    return app.exit(error) == 0 ? 0 : 2;
  }
  return std::nullopt;
}
