terraform {
  required_version = ">= 1.5"

  required_providers {
    embedded = {
      source = "meshnew.local/meshnew/embedded"
    }
  }
}
