/**
 * What users of the mesh think in, as immutable records, and the reader from YAML to them. Everything here is pure: no
 * thread, no clock, no socket, no file.
 */
@NullMarked
package dev.riser.model;

import org.jspecify.annotations.NullMarked;
