import TaskFlow
import TestKit
import Testing
import VolumeAPI

@testable import Volumes

@Suite(.scratchDirectory)
struct OperationCatalogTests {
    @Test func `each operation is found by the name of its flow, and compiles`() throws {
        let entries = try Scene().service.catalog.entries
        #expect(entries.count == Set(entries.map(\.name)).count && entries.count > 10)
        for entry in entries { #expect(try entry.operation.recipe.name == entry.name) }
    }
}
