/**
 * The control plane's HTTP API, its metrics and the dashboard's files. What the API answers is fixed in ARCHITECTURE.md;
 * what it reads and changes comes from {@link dev.riser.control.api.Mesh}.
 */
@NullMarked
package dev.riser.control.api;

import org.jspecify.annotations.NullMarked;
