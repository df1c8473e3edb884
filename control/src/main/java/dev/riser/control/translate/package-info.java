/**
 * Pure functions from what one proxy may see to Envoy's resources. No thread, no clock, no file: the same view and the
 * same name give the same message.
 */
@NullMarked
package dev.riser.control.translate;

import org.jspecify.annotations.NullMarked;
