package dev.riser.cli;

import static com.tngtech.archunit.library.Architectures.layeredArchitecture;

import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import org.junit.jupiter.api.Test;

/** The arrows between modules, as ARCHITECTURE.md draws them. */
final class ArrowsTest {
    private static final JavaClasses CLASSES = new ClassFileImporter()
            .withImportOption(ImportOption.Predefined.DO_NOT_INCLUDE_TESTS)
            .importPackages("dev.riser");

    @Test
    void arrows_between_modules_point_down_only() {
        layeredArchitecture()
                .consideringOnlyDependenciesInLayers()
                .layer("base")
                .definedBy("dev.riser.base..")
                .layer("model")
                .definedBy("dev.riser.model..")
                .layer("xds")
                .definedBy("dev.riser.xds..")
                .layer("identity")
                .definedBy("dev.riser.identity..")
                .layer("proxy")
                .definedBy("dev.riser.proxy..")
                .layer("control")
                .definedBy("dev.riser.control..")
                .layer("cli")
                .definedBy("dev.riser.cli..")
                .whereLayer("cli")
                .mayNotBeAccessedByAnyLayer()
                .whereLayer("control")
                .mayOnlyBeAccessedByLayers("cli")
                .whereLayer("proxy")
                .mayOnlyBeAccessedByLayers("cli")
                .whereLayer("identity")
                .mayOnlyBeAccessedByLayers("proxy", "control", "cli")
                .whereLayer("xds")
                .mayOnlyBeAccessedByLayers("proxy", "control", "cli")
                .whereLayer("model")
                .mayOnlyBeAccessedByLayers("identity", "proxy", "control", "cli")
                .check(CLASSES);
    }
}
