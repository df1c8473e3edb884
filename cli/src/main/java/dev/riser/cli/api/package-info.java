/** The control plane's HTTP API as the command line calls it, and the state directory both share. */
@NullMarked
package dev.riser.cli.api;

import org.jspecify.annotations.NullMarked;
