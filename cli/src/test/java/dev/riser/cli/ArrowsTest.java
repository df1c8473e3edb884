package dev.riser.cli;

import static com.tngtech.archunit.library.Architectures.layeredArchitecture;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;

import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import org.junit.jupiter.api.Test;

/** The arrows between modules, as ARCHITECTURE.md draws them, and those between packages. */
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

    @Test
    void packages_need_each_other_in_one_direction_only() {
        slices().matching("dev.riser.(**)").should().beFreeOfCycles().check(CLASSES);
    }
}
