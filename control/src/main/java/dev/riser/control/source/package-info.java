/** Where configuration comes from: a watched directory, and objects brought through the API. */
@NullMarked
package dev.riser.control.source;

import org.jspecify.annotations.NullMarked;
