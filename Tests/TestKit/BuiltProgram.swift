internal import Foundation

/// The executables that are built with the tests.
package enum BuiltProgram {
    /// The path of a program; `nil` if it was not built.
    package static func path(of name: String) -> String? {
        var directory = URL(filePath: "/proc/self/exe").resolvingSymlinksInPath().deletingLastPathComponent()
        while directory.path != "/" {
            let program = directory.appending(path: name).path
            var isDirectory: ObjCBool = false
            let exists = FileManager.default.fileExists(atPath: program, isDirectory: &isDirectory)
            if exists && !isDirectory.boolValue { return program }
            directory.deleteLastPathComponent()
        }
        return nil
    }

    /// The directory of the varlink clients from PyPI; `nil` if they have not been fetched.
    package static var varlinkClients: String? {
        path(of: "varlink-clients/requirements.txt").map { URL(filePath: $0).deletingLastPathComponent().path }
    }
}
