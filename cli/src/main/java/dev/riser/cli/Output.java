package dev.riser.cli;

/** How an answer is printed. */
enum Output {
    table,
    wide,
    json,
    yaml
}
