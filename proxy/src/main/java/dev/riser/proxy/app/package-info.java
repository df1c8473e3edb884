/** The process: start, settings, workloads coming and going, admin, the end. */
@NullMarked
package dev.riser.proxy.app;

import org.jspecify.annotations.NullMarked;
