public import ArgumentParser
internal import Foundation
public import VolumeDriver

extension ImageFormat: ExpressibleByArgument {}

extension VolumeImage {
    /// An image file as it is named on the command line: a relative path begins at the working directory. An address is
    /// left as it is, and refused later.
    init(argument path: String, format: ImageFormat) {
        let isWhole = path.hasPrefix("/") || path.prefixMatch(of: /[A-Za-z][A-Za-z0-9+.\-]*:\/\//) != nil
        self.init(path: isWhole ? path : FileManager.default.currentDirectoryPath + "/" + path, format: format)
    }
}
